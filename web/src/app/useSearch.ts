// Searches the screens and histories of all sessions while the person types; the last question wins.

import type { Circuit, Hit } from "@homie/client";
import { useEffect, useState } from "react";
import { refused } from "../browser/refusal.ts";

/** Milliseconds after the last key. */
const PAUSE = 250;
const HITS_EACH = 20;

export interface Search {
  readonly hits: readonly Hit[];
  /** Sessions that could not be asked. */
  readonly silent: number;
  readonly trouble: string | undefined;
  /** Whether this answers the present text. */
  readonly isDone: boolean;
}

const NOTHING: Search = { hits: [], silent: 0, trouble: undefined, isDone: false };

export function useSearch(circuit: Circuit, text: string): Search {
  const [search, setSearch] = useState(NOTHING);
  useEffect(() => {
    setSearch((last) => ({ ...last, isDone: false }));
    if (text === "") return;
    let isWanted = true;
    const tell = (found: Partial<Search>) => {
      if (isWanted) setSearch({ ...NOTHING, ...found, isDone: true });
    };
    const timer = setTimeout(() => {
      circuit.request("terminal.session.search", { text, ignore_case: true, limit: HITS_EACH }).then(
        ({ hits, silent }) => tell({ hits, silent: silent.length }),
        refused(({ message }) => tell({ trouble: message })),
      );
    }, PAUSE);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [circuit, text]);
  return search;
}
