// Which session this tab shows: the one chosen last here, else the youngest that runs, else the youngest.

import type { SessionInfo } from "@homie/client";
import { useState } from "react";

const KEPT = "homie.session";

export interface Selection {
  readonly selected: SessionInfo | undefined;
  readonly select: (id: string) => void;
}

export function useSelection(sessions: readonly SessionInfo[]): Selection {
  const [chosen, setChosen] = useState(() => sessionStorage.getItem(KEPT) ?? undefined);
  const select = (id: string) => {
    sessionStorage.setItem(KEPT, id);
    setChosen(id);
  };
  return { selected: selectionOf(sessions, chosen), select };
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
