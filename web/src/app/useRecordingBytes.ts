// All that has been written of a recording, fetched part by part.

import type { Circuit, RecordingInfo } from "@homie/client";
import { useEffect, useState } from "react";
import { refused } from "../browser/refusal.ts";

interface Fetched {
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
  readonly trouble: string | undefined;
}

const NOTHING: Fetched = { bytes: undefined, trouble: undefined };

export function useRecordingBytes(circuit: Circuit, { id }: RecordingInfo): Fetched {
  const [fetched, setFetched] = useState(NOTHING);
  useEffect(() => {
    let isWanted = true;
    setFetched(NOTHING);
    all(circuit, id, () => isWanted).then(
      (bytes) => {
        if (isWanted) setFetched({ bytes, trouble: undefined });
      },
      refused(({ message }) => {
        if (isWanted) setFetched({ bytes: undefined, trouble: message });
      }),
    );
    return () => {
      isWanted = false;
    };
  }, [circuit, id]);
  return fetched;
}

async function all(circuit: Circuit, recording: string, isWanted: () => boolean) {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let from = 0;
  while (isWanted()) {
    const { bytes } = await circuit.request("terminal.session.recording.read", { recording, from });
    if (bytes.length === 0) break;
    parts.push(new Uint8Array(bytes));
    from += bytes.length;
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
