// A snapshot as it arrives: pieces of one offset and one kind, until the last. It counts when it is whole; one that a lost
// link cuts short never was.

import { WireError } from "./errors.ts";
import { Flag, type Frame } from "./frame.ts";

/** Bytes of a whole snapshot: the history of a session at its own bound. More is a fault of the machine. */
export const SNAPSHOT_MAX = 33_554_432;

export interface Snapshot {
  /** Where in the output it stands; output goes on at exactly this. */
  readonly offset: number;
  /** To be painted on top of what shows; otherwise it goes into an empty terminal. */
  readonly isSkip: boolean;
  readonly pieces: readonly Uint8Array[];
}

export class Pieces {
  readonly #pieces: Uint8Array[] = [];
  readonly #offset: number;
  readonly #isSkip: boolean;
  #length = 0;

  constructor(first: Frame) {
    this.#offset = first.offset;
    this.#isSkip = isSkip(first);
  }

  /** Takes the next piece, the first one too. Gives the snapshot when it is whole. */
  take(frame: Frame): Snapshot | undefined {
    this.#check(frame);
    this.#length += frame.payload.length;
    this.#pieces.push(frame.payload);
    if ((frame.flags & Flag.last) === 0) return undefined;
    return { offset: this.#offset, isSkip: this.#isSkip, pieces: this.#pieces };
  }

  #check(frame: Frame): void {
    if (frame.offset !== this.#offset)
      throw new WireError("offset", `a piece at ${frame.offset} of a snapshot at ${this.#offset}`, "offset");
    if (isSkip(frame) !== this.#isSkip)
      throw new WireError("frame_flags", "a snapshot is a skip or it is none", "flags");
    if (frame.payload.length === 0 && (frame.flags & Flag.last) === 0)
      throw new WireError("frame_payload", "a piece of nothing", "payload");
    if (this.#length + frame.payload.length > SNAPSHOT_MAX)
      throw new WireError("too_large", `a snapshot of more than ${SNAPSHOT_MAX} bytes`, "payload");
  }
}

function isSkip({ flags }: Frame): boolean {
  return (flags & Flag.skip) !== 0;
}
