// The output side of an attachment: which birth of the session is shown, what is needed next, and what is acknowledged.

import { WireError } from "./errors.ts";
import type { Frame } from "./frame.ts";
import type { AttachOutput, Gap } from "./generated/types.ts";
import { Pieces, type Snapshot } from "./pieces.ts";
import { Receiver } from "./receiver.ts";
import { type Ack, Unparsed } from "./unparsed.ts";
import type { Viewer } from "./viewer.ts";

type Acknowledge = (ack: Ack) => void;

export class Watching {
  #incarnation: string | undefined;
  /** Undefined until something is shown: a snapshot says where its output stands. */
  #receiver: Receiver | undefined;
  #lastSeq = 0;
  /** What the attach promised: a snapshot precedes all output. */
  #isAwaiting = false;
  #pieces: Pieces | undefined;
  /** Of the present channel; undefined while there is none. */
  #line: { readonly unparsed: Unparsed; readonly acknowledge: Acknowledge } | undefined;

  constructor(
    private readonly viewer: Pick<Viewer, "onOpened" | "onOutput" | "onSnapshot" | "onGap">,
    private readonly takesSnapshots: boolean,
  ) {}

  /** Where to go on: nothing before something is shown. */
  get place(): { readonly incarnation: string; readonly from: number } | undefined {
    if (this.#incarnation === undefined || this.#receiver === undefined) return undefined;
    return { incarnation: this.#incarnation, from: this.#receiver.next };
  }

  raised(output: AttachOutput, acknowledge: Acknowledge): void {
    const { incarnation, size, snapshot, drives } = output;
    const isNew = this.#incarnation !== incarnation;
    if (isNew) this.#receiver = undefined;
    this.#incarnation = incarnation;
    this.#lastSeq = 0;
    this.#line = { unparsed: new Unparsed(), acknowledge };
    this.#isAwaiting = snapshot;
    if (snapshot) this.#refuseIfBytes("snapshot");
    this.viewer.onOpened({ size, isNew, drives, hasSnapshot: snapshot });
    if (!snapshot) this.#begin(output);
  }

  grounded(): void {
    this.#line = undefined;
    this.#pieces = undefined;
    this.#isAwaiting = false;
  }

  output(offset: number, payload: Uint8Array): void {
    this.#refuseIfAwaiting();
    const fresh = this.#needed().take(offset, payload);
    if (fresh.bytes.length === 0) return;
    const done = this.#acknowledgement(fresh.offset + fresh.bytes.length, false);
    this.viewer.onOutput(fresh.bytes, fresh.offset, done);
  }

  /** A snapshot sets the place, forwards or backwards, once it is whole. */
  snapshot(frame: Frame): void {
    this.#refuseIfBytes("kind");
    this.#pieces ??= new Pieces(frame);
    const snapshot = this.#pieces.take(frame);
    if (snapshot === undefined) return;
    this.#pieces = undefined;
    this.#shown(snapshot);
  }

  gap(gap: Gap): void {
    const missed = this.#needed().skip(gap);
    if (missed !== undefined) this.viewer.onGap(missed);
  }

  /** Events of a channel count from 1; the link loses none, so one that is missing is the machine's fault. */
  event(seq: number, offset: number): void {
    if (this.#pieces !== undefined) throw between("an event");
    if (seq !== this.#lastSeq + 1)
      throw new WireError("out_of_range", `event ${seq} after ${this.#lastSeq}`, "seq");
    this.#lastSeq = seq;
    if (!this.#isAwaiting && offset > this.#needed().next)
      throw new WireError("offset", "an event ahead of its output", "offset");
  }

  #begin({ from, gap }: AttachOutput): void {
    this.#receiver ??= new Receiver(gap?.from ?? from);
    const receiver = this.#receiver;
    if (gap !== undefined) this.gap(gap);
    // What starts below what is needed is trimmed when it comes; what starts above is a loss that was not declared.
    if (from > receiver.next) {
      throw new WireError("offset", `output starts at ${from} when ${receiver.next} is needed`, "from");
    }
  }

  #shown(snapshot: Snapshot): void {
    if (snapshot.isSkip && this.#receiver === undefined)
      throw new WireError("frame_flags", "a skip for one who shows nothing", "flags");
    this.#isAwaiting = false;
    this.#receiver = new Receiver(snapshot.offset);
    this.viewer.onSnapshot(snapshot, this.#acknowledgement(snapshot.offset, true));
  }

  /** What to call once the viewer has parsed it. On another channel it says nothing any more. */
  #acknowledgement(end: number, isSnapshot: boolean): () => void {
    const line = this.#line;
    const item = line?.unparsed.add(end, isSnapshot);
    return () => {
      if (line === undefined || item === undefined || this.#line !== line) return;
      for (const ack of line.unparsed.parsed(item)) line.acknowledge(ack);
    };
  }

  #needed(): Receiver {
    if (this.#receiver === undefined)
      throw new WireError("channel", "a frame before its channel was open", "channel");
    return this.#receiver;
  }

  #refuseIfAwaiting(): void {
    if (this.#pieces !== undefined) throw between("output");
    if (this.#isAwaiting) throw new WireError("unexpected_frame", "output before its snapshot", "kind");
  }

  #refuseIfBytes(field: string): void {
    if (!this.takesSnapshots)
      throw new WireError("unexpected_frame", "a snapshot for one who takes bytes", field);
  }
}

function between(what: string): WireError {
  return new WireError("unexpected_frame", `${what} between the pieces of a snapshot`, "kind");
}
