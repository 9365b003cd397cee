// The recordings of the machine that is looked at. Nothing tells of them by itself, so they are asked for whenever a session begins or ceases
// to be recorded, and after one was removed.

import type { Circuit, OpenMachine, RecordingInfo, SessionInfo } from "@homie/client";
import { useEffect, useMemo, useState } from "react";
import { everyPage } from "../browser/pages.ts";
import { refused } from "../browser/refusal.ts";

const NONE: readonly RecordingInfo[] = [];

export interface Recordings {
  /** The newest first. */
  readonly recordings: readonly RecordingInfo[];
  remove(recording: RecordingInfo): void;
}

export function useRecordings(
  { circuit }: OpenMachine,
  isThere: boolean,
  sessions: readonly SessionInfo[],
  onTrouble: (words: string) => void,
): Recordings {
  const [known, setKnown] = useState<{
    readonly of: Circuit;
    readonly recordings: readonly RecordingInfo[];
  }>();
  const [asked, setAsked] = useState(0);
  const recorded = sessions
    .filter(({ recording }) => recording)
    .map(({ id }) => id)
    .join();
  const tell = useMemo(() => refused(({ message }) => onTrouble(message)), [onTrouble]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is recorded, and the count, say when to ask again.
  useEffect(() => {
    if (!isThere) return;
    let isWanted = true;
    all(circuit).then((recordings) => {
      if (isWanted) setKnown({ of: circuit, recordings });
    }, tell);
    return () => {
      isWanted = false;
    };
  }, [circuit, isThere, recorded, asked, tell]);
  const remove = ({ id }: RecordingInfo) => {
    circuit
      .request("terminal.session.recording.remove", { recording: id })
      .then(() => setAsked(asked + 1), tell);
  };
  return { recordings: known?.of === circuit ? known.recordings : NONE, remove };
}

async function all(circuit: Circuit): Promise<readonly RecordingInfo[]> {
  const found = await everyPage(async (from) => {
    const { recordings, next } = await circuit.request("terminal.session.recording.list", from);
    return { items: recordings, next };
  });
  return found.sort((one, other) => other.started_at - one.started_at);
}
