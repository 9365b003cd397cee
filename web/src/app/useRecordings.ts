// The recordings of the machine. Nothing tells of them by itself, so they are asked for whenever a session begins or ceases
// to be recorded, and after one was removed.

import type { Circuit, RecordingInfo, SessionInfo } from "@homie/client";
import { useEffect, useMemo, useState } from "react";
import { everyPage } from "../browser/pages.ts";
import { refused } from "../browser/refusal.ts";

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
  const tell = useMemo(() => refused(({ message }) => onTrouble(message)), [onTrouble]);
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
  const found = await everyPage(async (from) => {
    const { recordings, next } = await circuit.request("terminal.session.recording.list", from);
    return { items: recordings, next };
  });
  return found.sort((one, other) => other.started_at - one.started_at);
}
