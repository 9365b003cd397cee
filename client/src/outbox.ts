// What one writer has typed and the terminal has not taken yet. Offsets count from the writer's birth.
//
//   applied ≤ flying ≤ end
//      |         |       └ after the last byte written here
//      |         └ after the last byte sent on the present circuit
//      └ after the last byte the terminal has taken; everything below is forgotten
//
// Full means: `write` takes nothing and says so. Nothing is ever dropped in silence.

import { WireError } from "./errors.ts";
import { INPUT_WINDOW, RESEND_MS } from "./generated/limits.ts";

/** Bytes that may wait here. A longer paste is cut by whoever pastes, at the pace of the acknowledgements. */
export const OUTBOX_MAX = 1_048_576;
/** Bytes in one frame: short enough that a key behind it does not wait long. */
const FRAME_MAX = 16_384;

interface Piece {
  readonly start: number;
  readonly bytes: Uint8Array;
  readonly at: number;
}

export interface Applied {
  readonly applied: number;
  readonly contested: boolean;
}

export class Outbox {
  #pieces: Piece[] = [];
  #applied = 0;
  #flying = 0;
  #end = 0;
  #sent = 0;

  constructor(public writer: string) {}

  /** The offset after the last byte this writer has ever sent. */
  get sent(): number {
    return this.#sent;
  }

  /** Bytes that wait to be applied. */
  get waiting(): number {
    return this.#end - this.#applied;
  }

  /** When the oldest byte that still waits was written. */
  get waitingSince(): number | undefined {
    return this.#pieces[0]?.at;
  }

  /** Takes the bytes, or none of them. They belong to the outbox from here on. */
  write(bytes: Uint8Array, now: number): boolean {
    if (this.waiting + bytes.length > OUTBOX_MAX) return false;
    if (bytes.length === 0) return true;
    this.#pieces.push({ start: this.#end, bytes, at: now });
    this.#end += bytes.length;
    return true;
  }

  /** The next frame the window has room for. */
  next(): { readonly offset: number; readonly bytes: Uint8Array } | undefined {
    const room = Math.min(this.#applied + INPUT_WINDOW, this.#end) - this.#flying;
    if (room <= 0) return undefined;
    const offset = this.#flying;
    const bytes = this.#slice(offset, offset + Math.min(room, FRAME_MAX));
    this.#flying += bytes.length;
    this.#sent = Math.max(this.#sent, this.#flying);
    return { offset, bytes };
  }

  /** The terminal has taken everything below `applied`. One that goes back is old news. */
  acknowledge(applied: number): void {
    if (applied > this.#flying) {
      throw new WireError(
        "offset",
        `input is acknowledged up to ${applied}, sent up to ${this.#flying}`,
        "offset",
      );
    }
    this.#forget(applied);
  }

  /** The circuit is gone, and a new one says what was applied of what flew. Gives back the bytes that must not be sent unasked. */
  resume(state: Applied, now: number): Uint8Array | undefined {
    if (state.applied > this.#sent || state.applied < this.#applied) {
      throw new WireError("offset", `input is said to be applied up to ${state.applied}`, "applied");
    }
    this.#forget(state.applied);
    this.#flying = this.#applied;
    const isOld = this.waitingSince !== undefined && now - this.waitingSince > RESEND_MS;
    if (this.waiting === 0 || !(isOld || state.contested)) return undefined;
    return this.#handBack(this.#applied);
  }

  /** The holder has forgotten this writer: a new one begins at 0, and nothing is replayed unasked. */
  begin(writer: string): Uint8Array | undefined {
    const bytes = this.waiting > 0 ? this.#slice(this.#applied, this.#end) : undefined;
    this.writer = writer;
    this.#handBack(0);
    return bytes;
  }

  /** The program that the bytes were meant for is gone, and they with it. */
  drop(): void {
    this.#handBack(this.#end);
  }

  #handBack(restart: number): Uint8Array {
    const bytes = this.#slice(this.#applied, this.#end);
    this.#pieces = [];
    this.#applied = restart;
    this.#flying = restart;
    this.#end = restart;
    this.#sent = restart;
    return bytes;
  }

  #forget(applied: number): void {
    if (applied <= this.#applied) return;
    this.#applied = applied;
    this.#flying = Math.max(this.#flying, applied);
    const first = this.#pieces.findIndex((piece) => piece.start + piece.bytes.length > applied);
    this.#pieces = first < 0 ? [] : this.#pieces.slice(first);
  }

  /** The bytes of a range; a single piece is not copied. */
  #slice(from: number, to: number): Uint8Array {
    const parts = this.#pieces
      .filter((piece) => piece.start < to && piece.start + piece.bytes.length > from)
      .map((piece) => piece.bytes.subarray(Math.max(from - piece.start, 0), to - piece.start));
    const [only] = parts;
    if (only !== undefined && parts.length === 1) return only;
    const bytes = new Uint8Array(to - from);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}
