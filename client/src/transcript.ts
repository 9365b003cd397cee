// The bytes both sides sign in the greeting. They are final: a change here locks out every device there is.

import { fromBase32 } from "./base32.ts";
import { utf8Bytes } from "./codec/utf8.ts";
import type { Versions } from "./generated/types.ts";
import { joined, numbers } from "./parts.ts";

export type Side = "node" | "gateway" | "client-of-node" | "client-of-gateway";

/** Everything a signature of the greeting covers, besides the side. */
export interface Transcript {
  readonly serverKey: Uint8Array;
  readonly deviceId?: string | undefined;
  readonly clientNonce: Uint8Array;
  readonly serverNonce: Uint8Array;
  readonly clientVersions: Versions;
  readonly serverVersions: Versions;
  readonly version: number;
  readonly host: string;
  readonly origin?: string | undefined;
  readonly exporter?: Uint8Array | undefined;
}

const NOTHING = new Uint8Array(0);

/** Each part behind its length in two bytes; a part that is absent has length 0. */
export function transcriptBytes(transcript: Transcript, side: Side): Uint8Array<ArrayBuffer> {
  return joined([
    utf8Bytes("homie-hello-v1"),
    utf8Bytes(side),
    transcript.serverKey,
    fromBase32(transcript.deviceId ?? "") ?? NOTHING,
    transcript.clientNonce,
    transcript.serverNonce,
    numbers(transcript.clientVersions.min, transcript.clientVersions.max),
    numbers(transcript.serverVersions.min, transcript.serverVersions.max),
    numbers(transcript.version),
    utf8Bytes(transcript.host),
    utf8Bytes(transcript.origin ?? ""),
    transcript.exporter ?? NOTHING,
  ]);
}
