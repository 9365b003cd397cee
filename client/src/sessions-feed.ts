// Follows the sessions of the machine at the other end of a circuit.

import type { Circuit } from "./circuit.ts";
import { pageOf, type Question, type Subject, type Watch, watch } from "./feed.ts";
import type { ListParams, SessionInfo } from "./generated/types.ts";
import type { Platform } from "./platform.ts";
import { NO_SESSIONS, type SessionsNews, type SessionsState, sessionsReducer } from "./stores/sessions.ts";
import { createStore } from "./stores/store.ts";

export type SessionsWatch = Watch<SessionsState>;

/** Over all links, until `stop`. */
export function watchSessions(circuit: Circuit, platform: Platform): SessionsWatch {
  return watch(circuit, platform, createStore(sessionsReducer, NO_SESSIONS), SESSIONS);
}

const SESSIONS: Subject<SessionsNews> = {
  begin: () => {
    const sessions: SessionInfo[] = [];
    const page = (params: ListParams): Question =>
      pageOf("terminal.session.list", params, ({ sessions: more, next }) => {
        sessions.push(...more);
        return next === undefined ? undefined : page({ after: next });
      });
    return { first: page({ subscribe: true }), listed: () => ({ type: "listed", sessions }) };
  },
  changeOf: ({ topic, data }) =>
    topic === "terminal.session.changed" ? { type: "changed", change: data } : undefined,
  // 10,000 sessions, far more than a machine may have.
  pagesMax: 50,
  heldMax: 1_000,
};
