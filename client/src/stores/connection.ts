// Where a circuit stands, as a person would say it.

import type { Failure } from "../failure.ts";
import type { Peer } from "../greeting.ts";
import type { Way } from "../route.ts";

export type ConnectionState =
  | { readonly phase: "connecting" }
  | { readonly phase: "greeting" }
  | { readonly phase: "ready"; readonly peer: Peer; readonly way: Way }
  /** The next attempt is at `until`, by the platform's clock. */
  | { readonly phase: "waiting"; readonly until: number; readonly why: Failure }
  /** For good: no attempt follows. */
  | { readonly phase: "closed"; readonly why: Failure };

export type ConnectionEvent =
  | { readonly type: "dialled" }
  | { readonly type: "opened" }
  | { readonly type: "greeted"; readonly peer: Peer; readonly way: Way }
  | { readonly type: "failed"; readonly until: number; readonly why: Failure }
  | { readonly type: "ended"; readonly why: Failure };

export const CONNECTING: ConnectionState = { phase: "connecting" };

export function connectionReducer(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  if (state.phase === "closed") return state;
  switch (event.type) {
    case "dialled":
      return CONNECTING;
    case "opened":
      return { phase: "greeting" };
    case "greeted":
      return { phase: "ready", peer: event.peer, way: event.way };
    case "failed":
      return { phase: "waiting", until: event.until, why: event.why };
    case "ended":
      return { phase: "closed", why: event.why };
  }
}
