// One attempt: a socket from its opening to its end. It turns messages into frames and envelopes and back, answers pings,
// and ends exactly once, with a reason.

import { codeOfNumber, isCode, numberOf } from "./codes.ts";
import { decodeControl, type Envelope, encodeControl, type Reading } from "./control.ts";
import { WireError } from "./errors.ts";
import type { Failure } from "./failure.ts";
import { decodeFrame, encodeFrame, type Frame, HEADER_BYTES, Kind } from "./frame.ts";
import { HELLO_MS } from "./generated/limits.ts";
import { Keeper } from "./keeper.ts";
import type { Cancel, Platform, Socket } from "./platform.ts";

/** Bytes that may wait in the socket: 64 windows of input, and as much control. One more ends the link (`stalled`):
 * everything on it is resumed on the next, so nothing is lost. */
export const OUTGOING_MAX = 8_388_608;
/** Milliseconds until the socket must be open. */
export const OPEN_LIMIT = 10_000;
const NOTHING = new Uint8Array(0);

export interface LinkHandlers {
  onOpen(): void;
  /** A greeting's envelope. */
  onGreeting(envelope: Envelope): void;
  onEnvelope(envelope: Envelope, channel: number, offset: number): void;
  /** Output, a snapshot or an acknowledgement. */
  onFrame(frame: Frame): void;
  /** The last call, once. */
  onEnd(failure: Failure): void;
}

export class Link {
  #reading: Reading = "greeting";
  #isOpen = false;
  #hasEnded = false;
  #limit: Cancel;
  #keeper: Keeper | undefined;
  readonly #socket: Socket;

  constructor(
    private readonly platform: Platform,
    url: string,
    private readonly handlers: LinkHandlers,
    openLimit = OPEN_LIMIT,
  ) {
    this.#limit = this.#within(openLimit, "the machine did not open the circuit in time");
    this.#socket = platform.openSocket(url, "homie.v1", {
      onOpen: () => this.#opened(),
      onMessage: (message) => this.#received(message),
      onClose: (code, reason) => this.#finish(failureOfClose(code, reason)),
    });
  }

  get buffered(): number {
    return this.#socket.buffered;
  }

  send(frame: Frame): void {
    if (this.#hasEnded) return;
    if (this.#socket.buffered + HEADER_BYTES + frame.payload.length > OUTGOING_MAX) {
      this.end({ code: "stalled", message: "the machine takes nothing; starting over" });
      return;
    }
    this.#socket.send(encodeFrame(frame));
    if (frame.kind === Kind.input) this.#keeper?.typed();
  }

  sendControl(envelope: Envelope): void {
    const reading = envelope.t === "request" ? "requests" : "greeting";
    this.send({
      kind: Kind.control,
      flags: 0,
      channel: 0,
      offset: 0,
      payload: encodeControl(envelope, reading),
    });
  }

  wake(): void {
    this.#keeper?.wake();
  }

  /** Ends the link from this side, and tells the other why if it can. */
  end(failure: Failure): void {
    if (this.#hasEnded) return;
    this.#farewell(failure);
    this.#finish(failure);
    this.#socket.close(isCode(failure.code) ? numberOf(failure.code) : 1000, "");
  }

  /** Runs what may throw on a peer's fault; such a fault ends the link. */
  guard(run: () => void): void {
    try {
      run();
    } catch (thrown) {
      if (!(thrown instanceof WireError)) throw thrown;
      const { code, sentence } = thrown;
      this.end({ code: isCode(code) ? code : "malformed", message: sentence });
    }
  }

  #opened(): void {
    if (this.#hasEnded) return;
    this.#isOpen = true;
    this.#limit();
    this.#limit = this.#within(HELLO_MS, "the machine did not greet in time");
    this.handlers.onOpen();
  }

  /** From here on silence is noticed; until here the limit of the greeting has watched, and only the greeting may be said. */
  #keep(): void {
    this.#keeper = new Keeper(this.platform, {
      ping: () => this.send(livenessFrame(Kind.ping, NOTHING)),
      dead: () => this.end({ code: "silent", message: "the machine has not answered for too long" }),
    });
  }

  #received(message: Uint8Array | string): void {
    if (this.#hasEnded) return;
    this.guard(() => {
      if (typeof message === "string") throw new WireError("unexpected_frame", "a text message");
      this.#keeper?.heard();
      this.#route(decodeFrame(message));
    });
  }

  #route(frame: Frame): void {
    switch (frame.kind) {
      case Kind.control:
        this.#control(frame);
        break;
      case Kind.ping:
        this.send(livenessFrame(Kind.pong, frame.payload));
        break;
      case Kind.pong:
        this.#keeper?.answered();
        break;
      case Kind.output:
      case Kind.snapshot:
      case Kind.ack:
        if (this.#reading === "greeting")
          throw new WireError("unexpected_frame", "before the greeting is over");
        this.handlers.onFrame(frame);
        break;
      case Kind.input:
      case Kind.chunk:
        throw new WireError("unexpected_frame", "this kind of frame is not for clients", "kind");
    }
  }

  #control(frame: Frame): void {
    const envelope = decodeControl(frame.payload, this.#reading);
    if (envelope.t === "bye") this.#said(envelope);
    else if (this.#reading === "answers") this.handlers.onEnvelope(envelope, frame.channel, frame.offset);
    else this.#greeting(envelope, frame.channel);
  }

  #greeting(envelope: Envelope, channel: number): void {
    if (channel !== 0) throw new WireError("channel", "the greeting is on channel 0", "channel");
    if (envelope.t === "ready") {
      this.#reading = "answers";
      this.#limit();
      this.#keep();
    }
    this.handlers.onGreeting(envelope);
  }

  #said({ code, message }: Failure): void {
    this.#finish({ code, message });
    this.#socket.close(1000, "");
  }

  /** A socket that is not open takes no farewell; its close code says the same. */
  #farewell({ code, message }: Failure): void {
    if (!this.#isOpen || !isCode(code)) return;
    const payload = encodeControl({ t: "bye", code, message }, "greeting");
    this.#socket.send(encodeFrame({ kind: Kind.control, flags: 0, channel: 0, offset: 0, payload }));
  }

  #finish(failure: Failure): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#limit();
    this.#keeper?.stop();
    this.handlers.onEnd(failure);
  }

  #within(milliseconds: number, message: string): Cancel {
    return this.platform.after(milliseconds, () => this.end({ code: "timeout", message }));
  }
}

function livenessFrame(kind: typeof Kind.ping | typeof Kind.pong, payload: Uint8Array): Frame {
  return { kind, flags: 0, channel: 0, offset: 0, payload };
}

function failureOfClose(number: number, reason: string): Failure {
  const code = codeOfNumber(number);
  if (code === undefined) return { code: "lost", message: "the link to the machine is gone" };
  return { code, message: reason === "" ? `the machine closed the circuit: ${code}` : reason };
}
