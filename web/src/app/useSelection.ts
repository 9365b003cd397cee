// Which session of which machine this tab shows: the one chosen last here, else the youngest of the page's own machine that
// runs, else the youngest.

import type { Mesh, SessionInfo } from "@homie/client";
import { useCallback, useState } from "react";

const KEPT = "homie.session";

/** A session's name is its machine and its id together. Without a session: whichever is to be shown of that machine. */
export interface Chosen {
  readonly machine: string;
  readonly session?: string | undefined;
}

export interface Selection {
  readonly chosen: Chosen;
  readonly choose: (chosen: Chosen) => void;
}

export function useSelection(mesh: Mesh, own: string): Selection {
  const [chosen, setChosen] = useState(() => {
    const kept = keptOf(sessionStorage.getItem(KEPT)) ?? { machine: own };
    mesh.open(kept.machine);
    return kept;
  });
  const choose = useCallback(
    (next: Chosen) => {
      sessionStorage.setItem(KEPT, JSON.stringify(next));
      mesh.open(next.machine);
      setChosen(next);
    },
    [mesh],
  );
  return { chosen, choose };
}

/** What an older page has kept there is none. */
export function keptOf(kept: string | null): Chosen | undefined {
  const match = /^\{"machine":"([a-z2-7]{26})"(?:,"session":"([a-z2-7]{26})")?\}$/.exec(kept ?? "");
  return match?.[1] === undefined ? undefined : { machine: match[1], session: match[2] };
}

export function selectionOf(
  sessions: readonly SessionInfo[],
  chosen: string | undefined,
): SessionInfo | undefined {
  return (
    sessions.find(({ id }) => id === chosen) ??
    sessions.findLast(({ state }) => state === "running") ??
    sessions.at(-1)
  );
}
