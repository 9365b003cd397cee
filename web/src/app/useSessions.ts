// What a person does with sessions as a whole: start one, run one again, record one. Trouble is told in words.

import type { Circuit, SessionInfo, SessionsState } from "@homie/client";
import { useEffect, useMemo, useRef } from "react";
import { refused } from "../browser/refusal.ts";

/** What a terminal is until the page has measured its own: attaching sets the real size. */
const SIZE = { cols: 80, rows: 24 };

export interface SessionActions {
  start(): void;
  runAgain(session: SessionInfo): void;
  record(session: SessionInfo): void;
}

export function useSessions(
  circuit: Circuit,
  listing: SessionsState,
  select: (id: string) => void,
  onTrouble: (words: string) => void,
): SessionActions {
  const hasStarted = useRef(false);
  const actions = useMemo(() => {
    const tell = refused(({ message }) => onTrouble(message));
    return {
      start: () => {
        hasStarted.current = true;
        circuit
          .request("terminal.session.start", { size: SIZE })
          .then(({ session }) => select(session.id), tell);
      },
      runAgain: ({ id }: SessionInfo) => {
        circuit
          .request("terminal.session.rerun", { session: id, size: SIZE })
          .then(({ session }) => select(session.id), tell);
      },
      record: ({ id, recording }: SessionInfo) => {
        const method = recording ? "terminal.session.recording.stop" : "terminal.session.recording.start";
        circuit.request(method, { session: id }).catch(tell);
      },
    };
  }, [circuit, select, onTrouble]);
  // A machine without any session gets one, once.
  const isEmpty = listing.isCurrent && listing.sessions.length === 0;
  useEffect(() => {
    if (isEmpty && !hasStarted.current) actions.start();
  }, [isEmpty, actions]);
  return actions;
}
