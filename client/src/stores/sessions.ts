// The sessions of one machine, as last heard. Events are upserts, so hearing one twice changes nothing.

import type { Failure } from "../failure.ts";
import type { FeedEvent } from "../feed.ts";
import type { SessionChanged, SessionInfo } from "../generated/types.ts";

export interface SessionsState {
  /** Whether the list is complete and followed; after a lost circuit it is the last one known. */
  readonly isCurrent: boolean;
  /** Why the machine does not tell, if it has said so. */
  readonly refusal: Failure | undefined;
  /** In the order of their birth. */
  readonly sessions: readonly SessionInfo[];
}

export type SessionsNews =
  | { readonly type: "listed"; readonly sessions: readonly SessionInfo[] }
  | { readonly type: "changed"; readonly change: SessionChanged };

export type SessionsEvent = SessionsNews | FeedEvent;

export const NO_SESSIONS: SessionsState = { isCurrent: false, refusal: undefined, sessions: [] };

export function sessionsReducer(state: SessionsState, event: SessionsEvent): SessionsState {
  switch (event.type) {
    case "listed":
      return { isCurrent: true, refusal: undefined, sessions: inOrder(event.sessions) };
    case "changed":
      return { ...state, sessions: withChange(state.sessions, event.change) };
    case "refused":
      return { ...state, isCurrent: false, refusal: event.why };
    case "lost-touch":
      return state.isCurrent ? { ...state, isCurrent: false } : state;
  }
}

export function withChange(
  sessions: readonly SessionInfo[],
  { session, removed }: SessionChanged,
): readonly SessionInfo[] {
  const others = sessions.filter(({ id }) => id !== session?.id && id !== removed);
  return session === undefined ? others : inOrder([...others, session]);
}

/** In the order of their birth. */
export function inOrder(sessions: readonly SessionInfo[]): readonly SessionInfo[] {
  return [...sessions].sort((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1));
}
