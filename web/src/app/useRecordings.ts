// The recordings of the machine. Nothing tells of them by itself, so they are asked for whenever a session begins or ceases
// to be recorded, and after one was removed.

import { type Circuit, type RecordingInfo, RequestError, type SessionInfo } from "@homie/client";
import { useCallback, useEffect, useState } from "react";

export interface Recordings {
  /** The newest first. */
  readonly recordings: readonly RecordingInfo[];
  remove(recording: RecordingInfo): void;
}

export function useRecordings(
  circuit: Circuit,
  sessions: readonly SessionInfo[],
  onTrouble: (words: string) => void,
): Recordings {
  const [recordings, setRecordings] = useState<readonly RecordingInfo[]>([]);
  const [asked, setAsked] = useState(0);
  const recorded = sessions
    .filter(({ recording }) => recording)
    .map(({ id }) => id)
    .join();
  const tell = useCallback(
    (error: unknown) => {
      if (!(error instanceof RequestError)) throw error;
      onTrouble(error.message);
    },
    [onTrouble],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is recorded, and the count, say when to ask again.
  useEffect(() => {
    let isWanted = true;
    all(circuit).then((found) => {
      if (isWanted) setRecordings(found);
    }, tell);
    return () => {
      isWanted = false;
    };
  }, [circuit, recorded, asked, tell]);
  const remove = ({ id }: RecordingInfo) => {
    circuit
      .request("terminal.session.recording.remove", { recording: id })
      .then(() => setAsked(asked + 1), tell);
  };
  return { recordings, remove };
}

async function all(circuit: Circuit): Promise<readonly RecordingInfo[]> {
  const found: RecordingInfo[] = [];
  let after: string | undefined;
  do {
    const params = after === undefined ? {} : { after };
    const { recordings, next } = await circuit.request("terminal.session.recording.list", params);
    found.push(...recordings);
    after = next;
  } while (after !== undefined);
  return found.sort((one, other) => other.started_at - one.started_at);
}
