// One viewer of one session for as long as the person looks: on each new circuit it attaches again, at the next byte it
// needs and as the same writer.

import { Backoff } from "./backoff.ts";
import type { Envelope } from "./control.ts";
import { asError, WireError } from "./errors.ts";
import { type Failure, isPassing, RequestError } from "./failure.ts";
import { Flag, type Frame, Kind } from "./frame.ts";
import type { AttachOutput, AttachParams, Size } from "./generated/types.ts";
import type { Cancel, Platform } from "./platform.ts";
import { type MethodName, type Params, type Told, told } from "./protocol.ts";
import type { Requests } from "./requests.ts";
import { Sizing } from "./sizing.ts";
import { inputFrame, Typing } from "./typing.ts";
import type { Ack } from "./unparsed.ts";
import { type AttachOptions, type Viewer, whileWanted } from "./viewer.ts";
import { Watching } from "./watching.ts";

/** What an attachment needs of its circuit. */
export interface AttachmentPort {
  readonly platform: Platform;
  readonly requests: Requests;
  /** Undefined while there is no circuit. */
  readonly line: AttachmentLine | undefined;
  /** Nothing more comes of this attachment. */
  retire(attachment: Attachment): void;
}

/** The present circuit, as an attachment sees it. */
export interface AttachmentLine {
  open(attachment: Attachment): number;
  close(channel: number): void;
  send(frame: Frame): void;
}

interface Channel {
  readonly line: AttachmentLine;
  readonly number: number;
  isOpen: boolean;
}

export class Attachment {
  readonly #viewer: Viewer;
  readonly #typing: Typing;
  readonly #watching: Watching;
  readonly #sizing: Sizing;
  readonly #backoff: Backoff;
  #channel: Channel | undefined;
  #isRetired = false;
  #visible: boolean;
  #cancelRetry: Cancel = () => {};

  constructor(
    private readonly port: AttachmentPort,
    private readonly options: AttachOptions,
    viewer: Viewer,
  ) {
    this.#viewer = whileWanted(viewer, () => !this.#isRetired);
    this.#typing = new Typing(port.platform, this.#viewer);
    this.#watching = new Watching(this.#viewer, options.delivery === "screen");
    const { session, size, theme } = options;
    this.#sizing = new Sizing({ requests: port.requests, viewer: this.#viewer, session, size, theme });
    this.#backoff = new Backoff(() => (port.platform.random(1)[0] ?? 0) / 255);
    this.#visible = options.visible;
  }

  /** Since when, by the platform's clock, the oldest byte typed waits to be applied. */
  get unansweredSince(): number | undefined {
    return this.#typing.waitingSince;
  }

  /** Types. The bytes belong to the attachment from here on. False: nothing was taken, because 1 MiB waits already, or
   * this viewer may not type, or it or the program is gone. */
  write(bytes: Uint8Array): boolean {
    if (this.#isRetired || this.options.mode === "watch") return false;
    return this.#typing.write(bytes);
  }

  /** Whether this viewer sets the terminal's size, as far as the machine has said. */
  get drives(): boolean {
    return this.#sizing.drives;
  }

  /** Has room for this size: the terminal's for everyone, if this viewer drives; else it is remembered for when it will. */
  resize(size: Size): void {
    this.#sizing.want(size, false);
  }

  /** Takes the size over, whoever drives. */
  take(size: Size): void {
    this.#sizing.want(size, true);
  }

  /** Whether a person sees it. Who drives and hides for a while drives no longer. */
  setVisible(visible: boolean): void {
    if (visible === this.#visible) return;
    this.#visible = visible;
    this.#say("terminal.session.show", (channel) => ({ channel, visible }));
  }

  /** Asks for a snapshot with so many lines of history at most; it comes in its place as `onSnapshot`. False: there is no
   * channel to ask on, and nothing was asked. `refused`: it will not come. */
  askSnapshot(history: number, refused: () => void): boolean {
    return this.#say("terminal.session.snapshot", (channel) => ({ channel, history }), refused);
  }

  /** Looks no more. The session goes on; input that was not applied is dropped with this viewer. */
  detach(): void {
    const channel = this.#channel;
    this.#retire();
    if (channel !== undefined) this.#sayDetach(channel);
  }

  /** For the circuit: there is one. */
  raised(): void {
    const { line } = this.port;
    if (this.#isRetired || line === undefined || this.#channel !== undefined) return;
    this.#cancelRetry();
    let channel: Channel;
    try {
      channel = { line, number: line.open(this), isOpen: false };
    } catch (thrown) {
      this.#gone(failureOf(thrown));
      return;
    }
    this.#channel = channel;
    const params = this.#params(channel.number);
    this.port.requests.ask("terminal.session.attach", params, {
      resolve: (output) => this.#opened(channel, params, output),
      reject: (error) => this.#refused(channel, failureOf(error)),
    });
  }

  /** For the circuit: it is gone. */
  grounded(): void {
    this.#channel = undefined;
    this.#cancelRetry();
    this.#sizing.grounded();
    this.#typing.grounded();
    this.#watching.grounded();
  }

  /** For the circuit: no other follows. */
  closed(reason: Failure): void {
    this.#finish(reason);
  }

  onFrame(frame: Frame): void {
    if (!this.#channel?.isOpen)
      throw new WireError("channel", "a frame before its channel was open", "channel");
    if (frame.kind === Kind.output) this.#watching.output(frame.offset, frame.payload);
    else if (frame.kind === Kind.snapshot) this.#watching.snapshot(frame);
    else if (this.options.mode === "interactive") this.#typing.acknowledged(frame);
    else throw new WireError("unexpected_frame", "an input ack for one who does not type");
  }

  onEvent(envelope: Envelope<"event">, offset: number): void {
    if (!this.#channel?.isOpen)
      throw new WireError("channel", "an event before its channel was open", "channel");
    this.#watching.event(envelope.seq, offset);
    this.#told(told(envelope));
  }

  #told({ topic, data }: Told): void {
    switch (topic) {
      case "terminal.session.gap":
        this.#watching.gap(data);
        break;
      case "terminal.session.resized":
        this.#viewer.onResized(data.size);
        break;
      case "terminal.session.driver":
        this.#sizing.heard(data.drives, false);
        break;
      case "terminal.session.clipboard":
        this.#viewer.onClipboard?.(data.text);
        break;
      case "terminal.session.exited":
        this.#typing.ended();
        this.#viewer.onExited(data.status);
        break;
      case "terminal.session.detached":
        this.#gone(data.reason);
        break;
      case "terminal.session.changed":
      case "mesh.machine.changed":
      case "mesh.session.changed":
        throw new WireError("unknown_variant", "this topic is told on channel 0", "topic");
    }
  }

  #params(channel: number): AttachParams {
    const { session, mode, delivery, theme } = this.options;
    const { size } = this.#sizing;
    return {
      channel,
      session,
      ...this.#watching.place,
      mode,
      ...(mode === "interactive" ? { writer: this.#typing.claim } : {}),
      ...(size === undefined ? {} : { size }),
      visible: this.#visible,
      ...(delivery === undefined ? {} : { delivery }),
      ...(theme === undefined ? {} : { theme }),
    };
  }

  #opened(channel: Channel, params: AttachParams, output: AttachOutput): void {
    if (this.#channel !== channel) return;
    const { line, number } = channel;
    channel.isOpen = true;
    this.#backoff.succeeded(this.port.platform.now());
    this.#sizing.heard(output.drives, true);
    this.#watching.raised(output, (ack) => line.send(outputAck(number, ack)));
    // The viewer may have left when it was told.
    if (this.#channel !== channel) return;
    if (this.options.mode === "interactive") this.#type(channel, output);
    if (this.#visible !== params.visible)
      this.#say("terminal.session.show", () => ({ channel: number, visible: this.#visible }));
    this.#sizing.raised(number, params.size);
  }

  /** Says something about the open channel; an answer would change nothing. */
  #say<M extends MethodName>(
    method: M,
    params: (channel: number) => Params<M>,
    refused: () => void = () => {},
  ): boolean {
    if (!this.#channel?.isOpen) return false;
    this.port.requests.ask(method, params(this.#channel.number), { resolve: () => {}, reject: refused });
    return true;
  }

  #type({ line, number }: Channel, { input }: AttachOutput): void {
    if (input === undefined) throw new WireError("missing_field", "input is missing", "input");
    this.#typing.raised(input, (offset, bytes) => line.send(inputFrame(number, offset, bytes)));
  }

  #refused(channel: Channel, failure: Failure): void {
    if (this.#channel !== channel) return;
    // The machine may still open a channel that nobody waits for any more.
    if (failure.code === "timeout") this.#sayDetach(channel);
    if (failure.code === "writer_unknown" && this.#typing.claim.sent > 0) this.#beginAgain();
    else this.#gone(failure);
  }

  #beginAgain(): void {
    this.#leave();
    this.#typing.forgotten();
    this.raised();
  }

  #sayDetach({ number }: Channel): void {
    // An answer would change nothing: the channel is closed here already.
    const ignore = () => {};
    this.port.requests.ask(
      "terminal.session.detach",
      { channel: number },
      { resolve: ignore, reject: ignore },
    );
  }

  /** The channel is closed, or never opened. What passes by itself is tried again. */
  #gone(failure: Failure): void {
    this.#leave();
    if (!isPassing(failure)) {
      this.#finish(failure);
      return;
    }
    const wait = this.#backoff.failed(this.port.platform.now());
    this.#cancelRetry = this.port.platform.after(wait, () => this.raised());
  }

  #leave(): void {
    const channel = this.#channel;
    if (channel !== undefined) channel.line.close(channel.number);
    this.grounded();
  }

  #finish(reason: Failure): void {
    if (this.#isRetired) return;
    this.#viewer.onDetached(reason);
    this.#retire();
  }

  #retire(): void {
    this.#isRetired = true;
    this.#leave();
    this.port.retire(this);
  }
}

function outputAck(channel: number, { offset, isShown }: Ack): Frame {
  return { kind: Kind.ack, flags: isShown ? Flag.last : 0, channel, offset, payload: new Uint8Array(0) };
}

function failureOf(thrown: unknown): Failure {
  if (thrown instanceof RequestError) return thrown;
  if (thrown instanceof WireError && thrown.code === "busy") return { code: "busy", message: thrown.message };
  return { code: "malformed", message: asError(thrown).message };
}
