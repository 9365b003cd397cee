// What a person does with sessions as a whole: start one, run one again, record one. Trouble is told in words.

import type { OpenMachine, SessionInfo } from "@homie/client";
import { useEffect, useMemo, useRef } from "react";
import { refused } from "../browser/refusal.ts";
import type { Chosen } from "./useSelection.ts";

/** What a terminal is until the page has measured its own: attaching sets the real size. */
const SIZE = { cols: 80, rows: 24 };

export interface SessionActions {
  start(): void;
  runAgain(session: SessionInfo): void;
  record(session: SessionInfo): void;
}

/** Starts a shell there. */
export async function start({ id: machine, circuit }: OpenMachine): Promise<Chosen> {
  const { session } = await circuit.request("terminal.session.start", { size: SIZE });
  return { machine, session: session.id };
}

export function useSessions(
  opened: OpenMachine,
  choose: (chosen: Chosen) => void,
  onTrouble: (words: string) => void,
): SessionActions {
  return useMemo(() => {
    const { id: machine, circuit } = opened;
    const tell = refused(({ message }) => onTrouble(message));
    return {
      start: () => {
        start(opened).then(choose, tell);
      },
      runAgain: ({ id: session }: SessionInfo) => {
        circuit
          .request("terminal.session.rerun", { session, size: SIZE })
          .then(() => choose({ machine, session }), tell);
      },
      record: ({ id, recording }: SessionInfo) => {
        const method = recording ? "terminal.session.recording.stop" : "terminal.session.recording.start";
        circuit.request(method, { session: id }).catch(tell);
      },
    };
  }, [opened, choose, onTrouble]);
}

/** The page's own machine gets a session if it has none, once. */
export function useFirstShell(isEmpty: boolean, start: () => void): void {
  const hasStarted = useRef(false);
  useEffect(() => {
    if (!isEmpty || hasStarted.current) return;
    hasStarted.current = true;
    start();
  }, [isEmpty, start]);
}
