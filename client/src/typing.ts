// The input side of an attachment: the outbox, and what it says and hears on the present channel.

import { hex } from "./base32.ts";
import { WireError } from "./errors.ts";
import { Flag, type Frame, Kind } from "./frame.ts";
import type { InputState, WriterClaim } from "./generated/types.ts";
import { Outbox } from "./outbox.ts";
import type { Platform } from "./platform.ts";
import type { Unsent, Viewer } from "./viewer.ts";

export class Typing {
  readonly #outbox: Outbox;
  /** Sends on the present channel; undefined while there is none. */
  #send: ((offset: number, bytes: Uint8Array) => void) | undefined;
  #isOver = false;

  constructor(
    private readonly platform: Pick<Platform, "now" | "random">,
    private readonly viewer: Pick<Viewer, "onUnsent" | "onApplied">,
  ) {
    this.#outbox = new Outbox(this.#newWriter());
  }

  get claim(): WriterClaim {
    return { id: this.#outbox.writer, sent: this.#outbox.sent };
  }

  get waitingSince(): number | undefined {
    return this.#outbox.waitingSince;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isOver) return false;
    const isTaken = this.#outbox.write(bytes, this.platform.now());
    this.#pump();
    return isTaken;
  }

  /** Attached again: what was applied is forgotten, the rest flies, or is handed to the person. */
  raised(state: InputState, send: (offset: number, bytes: Uint8Array) => void): void {
    if (this.#isOver) return;
    const unsent = this.#outbox.resume(state, this.platform.now());
    this.#send = send;
    this.#pump();
    if (unsent !== undefined) this.#offer(unsent);
  }

  grounded(): void {
    this.#send = undefined;
  }

  /** The program has ended: nothing reaches it any more, and nothing waits. */
  ended(): void {
    this.#isOver = true;
    this.#outbox.drop();
  }

  /** The holder has forgotten this writer: another takes its place. */
  forgotten(): void {
    const unsent = this.#outbox.begin(this.#newWriter());
    if (unsent !== undefined) this.#offer(unsent);
  }

  acknowledged({ offset, flags, payload }: Frame): void {
    if (payload.length !== 8)
      throw new WireError("frame_payload", "an input ack says where the output stood");
    const view = new DataView(payload.buffer, payload.byteOffset, 8);
    const output = view.getUint32(0) * 2 ** 32 + view.getUint32(4);
    this.#outbox.acknowledge(offset);
    this.#pump();
    const echo = (flags & Flag.echo) !== 0;
    const icanon = (flags & Flag.icanon) !== 0;
    this.viewer.onApplied?.({ input: offset, output, echo, icanon });
  }

  #pump(): void {
    while (this.#send !== undefined) {
      const next = this.#outbox.next();
      if (next === undefined) return;
      this.#send(next.offset, next.bytes);
    }
  }

  #offer(bytes: Uint8Array): void {
    let isOpen = true;
    const unsent: Unsent = {
      bytes,
      resend: () => {
        if (!isOpen || !this.write(bytes)) return false;
        isOpen = false;
        return true;
      },
      discard: () => {
        isOpen = false;
      },
    };
    this.viewer.onUnsent(unsent);
  }

  #newWriter(): string {
    return hex(this.platform.random(8));
  }
}

/** The frame that carries input. */
export function inputFrame(channel: number, offset: number, payload: Uint8Array): Frame {
  return { kind: Kind.input, flags: 0, channel, offset, payload };
}
