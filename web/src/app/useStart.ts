// Starts shells: when the person asks, and once by itself where there is no session at all.

import { type Circuit, RequestError, type SessionsState } from "@homie/client";
import { useCallback, useEffect, useRef } from "react";

/** What a terminal is until the page has measured its own: attaching sets the real size. */
const SIZE = { cols: 80, rows: 24 };

export function useStart(
  circuit: Circuit,
  listing: SessionsState,
  select: (id: string) => void,
  onTrouble: (words: string) => void,
): () => void {
  const hasStarted = useRef(false);
  const start = useCallback(() => {
    hasStarted.current = true;
    circuit.request("terminal.session.start", { size: SIZE }).then(
      ({ session }) => select(session.id),
      (error: unknown) => {
        if (!(error instanceof RequestError)) throw error;
        onTrouble(error.message);
      },
    );
  }, [circuit, select, onTrouble]);
  const isEmpty = listing.isCurrent && listing.sessions.length === 0;
  useEffect(() => {
    if (isEmpty && !hasStarted.current) start();
  }, [isEmpty, start]);
  return start;
}
