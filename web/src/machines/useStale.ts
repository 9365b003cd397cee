// Why the list of machines is as it was, in words: no gateway tells of them at present.

import type { Mesh } from "@homie/client";
import { useSyncExternalStore } from "react";

export function useStale({ store, circuit }: Mesh): string | undefined {
  const { isCurrent, refusal } = useSyncExternalStore(store.subscribe, store.getSnapshot);
  const { connection } = circuit;
  const state = useSyncExternalStore(connection.subscribe, connection.getSnapshot);
  if (isCurrent) return undefined;
  if (refusal !== undefined) return `The other machines are not told here: ${refusal.message}`;
  return state.phase === "waiting" || state.phase === "closed"
    ? `The list is as it was: ${state.why.message}`
    : undefined;
}
