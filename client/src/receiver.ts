// The output of one session as it arrives: every byte once, in order, and what is lost is declared.

import { WireError } from "./errors.ts";
import { OFFSET_END } from "./generated/limits.ts";

export interface Range {
  readonly from: number;
  readonly to: number;
}

export class Receiver {
  #next: number;

  constructor(from: number) {
    this.#next = from;
  }

  /** The offset of the byte that is needed next. */
  get next(): number {
    return this.#next;
  }

  /** The part of these bytes that is new, and where it starts. A jump above what is needed is an error. */
  take(offset: number, bytes: Uint8Array): { readonly offset: number; readonly bytes: Uint8Array } {
    if (offset > this.#next) {
      throw new WireError("offset", `output jumps from ${this.#next} to ${offset} without a gap`, "offset");
    }
    if (offset + bytes.length >= OFFSET_END)
      throw new WireError("offset", "output goes beyond 2^53", "offset");
    const start = this.#next;
    const fresh = bytes.subarray(Math.min(start - offset, bytes.length));
    this.#next += fresh.length;
    return { offset: start, bytes: fresh };
  }

  /** The part of a declared gap that this viewer really misses; undefined if it has those bytes already. */
  skip(gap: Range): Range | undefined {
    if (gap.from > this.#next || gap.to < gap.from) {
      throw new WireError("offset", `a gap from ${gap.from} to ${gap.to} at ${this.#next}`, "offset");
    }
    if (gap.to <= this.#next) return undefined;
    const missed = { from: this.#next, to: gap.to };
    this.#next = gap.to;
    return missed;
  }
}
