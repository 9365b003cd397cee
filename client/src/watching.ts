// The output side of an attachment: which birth of the session is shown, what is needed next, and what is acknowledged.

import { WireError } from "./errors.ts";
import type { AttachOutput, Gap } from "./generated/types.ts";
import { Receiver } from "./receiver.ts";
import type { Viewer } from "./viewer.ts";

export class Watching {
  #shown: { readonly incarnation: string; readonly receiver: Receiver } | undefined;
  #lastSeq = 0;
  /** Acknowledges on the present channel; undefined while there is none. */
  #acknowledge: ((offset: number) => void) | undefined;

  constructor(private readonly viewer: Pick<Viewer, "onOpened" | "onOutput" | "onGap">) {}

  /** Where to go on: nothing before the first attach. */
  get place(): { readonly incarnation: string; readonly from: number } | undefined {
    if (this.#shown === undefined) return undefined;
    return { incarnation: this.#shown.incarnation, from: this.#shown.receiver.next };
  }

  raised({ incarnation, from, gap, size }: AttachOutput, acknowledge: (offset: number) => void): void {
    const isNew = this.#shown?.incarnation !== incarnation;
    const receiver =
      isNew || this.#shown === undefined ? new Receiver(gap?.from ?? from) : this.#shown.receiver;
    this.#shown = { incarnation, receiver };
    this.#lastSeq = 0;
    this.#acknowledge = acknowledge;
    this.viewer.onOpened({ size, isNew });
    if (gap !== undefined) this.gap(gap);
    // What starts below what is needed is trimmed when it comes; what starts above is a loss that was not declared.
    if (from > receiver.next) {
      throw new WireError("offset", `output starts at ${from} when ${receiver.next} is needed`, "from");
    }
  }

  grounded(): void {
    this.#acknowledge = undefined;
  }

  output(offset: number, payload: Uint8Array): void {
    const receiver = this.#receiver();
    const fresh = receiver.take(offset, payload);
    if (fresh.bytes.length === 0) return;
    const end = fresh.offset + fresh.bytes.length;
    this.viewer.onOutput(fresh.bytes, fresh.offset, () => this.#parsed(receiver, end));
  }

  gap(gap: Gap): void {
    const missed = this.#receiver().skip(gap);
    if (missed !== undefined) this.viewer.onGap(missed);
  }

  /** Events of a channel count from 1; the link loses none, so one that is missing is the machine's fault. */
  event(seq: number, offset: number): void {
    if (seq !== this.#lastSeq + 1)
      throw new WireError("out_of_range", `event ${seq} after ${this.#lastSeq}`, "seq");
    this.#lastSeq = seq;
    if (offset > this.#receiver().next)
      throw new WireError("offset", "an event ahead of its output", "offset");
  }

  #parsed(receiver: Receiver, end: number): void {
    if (this.#shown?.receiver !== receiver) return;
    const news = receiver.parsed(end);
    if (news !== undefined) this.#acknowledge?.(news);
  }

  #receiver(): Receiver {
    if (this.#shown === undefined)
      throw new WireError("channel", "a frame before its channel was open", "channel");
    return this.#shown.receiver;
  }
}
