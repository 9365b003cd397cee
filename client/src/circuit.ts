// A circuit with one machine, as its user sees it: it stays, while links come and go underneath.

import { Attachment, type AttachmentLine, type AttachmentPort } from "./attachment.ts";
import { Channels } from "./channels.ts";
import type { Envelope } from "./control.ts";
import { Dialer } from "./dialer.ts";
import { WireError } from "./errors.ts";
import type { Failure } from "./failure.ts";
import type { Frame } from "./frame.ts";
import type { Caller } from "./greeting.ts";
import type { Link } from "./link.ts";
import { targetOf } from "./pins.ts";
import type { Cancel, Platform } from "./platform.ts";
import { type MethodName, type Params, type Result, type Told, told } from "./protocol.ts";
import { type Answer, Requests } from "./requests.ts";
import type { Way } from "./route.ts";
import type { ConnectionState } from "./stores/connection.ts";
import type { Readable } from "./stores/store.ts";
import type { AttachOptions, Viewer } from "./viewer.ts";

interface Options {
  readonly platform: Platform;
  readonly caller: Caller;
}

export interface CircuitOptions extends Options {
  /** `ws(s)://host/ws` for a gateway, `ws(s)://host/m/<node id>` for a node. */
  readonly url: string;
  /** The id of the key that must answer, where an invitation says it. */
  readonly expected?: string | undefined;
}

/** Hears what happens on channel 0, and when what was heard before is out of date. */
export interface Listener {
  onReady(): void;
  onDown(): void;
  onTold(seq: number, told: Told): void;
}

/** A machine that may be found at several addresses. */
export interface RoamingOptions extends Options {
  /** The ways to it, the best first, as they are known whenever one is to be tried. */
  readonly ways: () => readonly Way[];
}

/** Dials at once and stays until `close` or a failure that no further attempt can mend. */
export function connect({ platform, url, caller, expected }: CircuitOptions): Circuit {
  if (targetOf(url) === undefined)
    throw new WireError("out_of_range", `${url} is no address of a machine`, "url");
  return new Circuit({ platform, caller, ways: () => [{ url, expected }] });
}

/** The same over whichever way leads there: when one is gone, what is open goes on over another. */
export function roam(options: RoamingOptions): Circuit {
  return new Circuit(options);
}

export class Circuit {
  /** Where the circuit stands. */
  readonly connection: Readable<ConnectionState>;
  readonly #platform: Platform;
  readonly #dialer: Dialer;
  readonly #requests: Requests;
  readonly #attachments = new Set<Attachment>();
  readonly #listeners = new Set<Listener>();
  #channels = new Channels<Attachment>();
  #line: AttachmentLine | undefined;
  #closed: Failure | undefined;

  constructor({ platform, ways, caller }: RoamingOptions) {
    this.#platform = platform;
    this.#requests = new Requests(platform);
    this.#dialer = new Dialer(
      platform,
      { ways, caller },
      {
        onReady: (link) => this.#raised(link),
        onDown: (failure) => this.#grounded(failure),
        onClosed: (failure) => this.#ended(failure),
        onFrame: (frame) => this.#channels.owner(frame.channel)?.onFrame(frame),
        onEnvelope: (envelope, channel, offset) => this.#heard(envelope, channel, offset),
      },
    );
    this.connection = this.#dialer.state;
    this.#dialer.dial();
  }

  /** Calls a method. While there is no link it waits for the next, 30 s at most. A method that acts is asked again with
   * the same key when its answer was lost; any other fails with the link. */
  request<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>> {
    return new Promise((resolve, reject) => this.#requests.ask(method, params, { resolve, reject }));
  }

  /** The same, answered in the very moment the answer comes, before anything that follows it on the wire. */
  ask<M extends MethodName>(method: M, params: Params<M>, answer: Answer<M>): void {
    this.#requests.ask(method, params, answer);
  }

  /** Looks at a session, or types into it, until `detach`. */
  attach(options: AttachOptions, viewer: Viewer): Attachment {
    const attachment = new Attachment(this.#port(), options, viewer);
    if (this.#closed !== undefined) {
      attachment.closed(this.#closed);
      return attachment;
    }
    this.#attachments.add(attachment);
    attachment.raised();
    return attachment;
  }

  /** Hears channel 0. A listener that joins while there is a link is told so at once. */
  listen(listener: Listener): Cancel {
    this.#listeners.add(listener);
    if (this.#line !== undefined) listener.onReady();
    return () => this.#listeners.delete(listener);
  }

  /** The page is visible again, or the network is back: trust nothing older than now. */
  wake(): void {
    this.#dialer.wake();
  }

  close(): void {
    if (this.#closed !== undefined) return;
    this.#dialer.close({ code: "closed", message: "closed on this side" });
  }

  #port(): AttachmentPort {
    const line = () => this.#line;
    return {
      platform: this.#platform,
      requests: this.#requests,
      get line() {
        return line();
      },
      retire: (attachment) => this.#attachments.delete(attachment),
    };
  }

  #raised(link: Link): void {
    const channels = new Channels<Attachment>();
    this.#channels = channels;
    this.#line = {
      open: (attachment) => channels.open(attachment),
      close: (channel) => channels.close(channel),
      send: (frame: Frame) => link.send(frame),
    };
    this.#requests.raised(link);
    for (const attachment of [...this.#attachments]) attachment.raised();
    for (const listener of [...this.#listeners]) listener.onReady();
  }

  #grounded(failure: Failure): void {
    this.#line = undefined;
    for (const attachment of [...this.#attachments]) attachment.grounded();
    this.#requests.grounded(failure);
    for (const listener of [...this.#listeners]) listener.onDown();
  }

  #ended(failure: Failure): void {
    this.#closed = failure;
    this.#line = undefined;
    this.#requests.close(failure);
    for (const attachment of [...this.#attachments]) attachment.closed(failure);
    for (const listener of [...this.#listeners]) listener.onDown();
  }

  #heard(envelope: Envelope, channel: number, offset: number): void {
    if (envelope.t === "response") this.#answered(envelope, channel);
    else if (envelope.t === "event") this.#told(envelope, channel, offset);
  }

  #answered(envelope: Envelope<"response">, channel: number): void {
    if (channel !== 0) throw new WireError("channel", "answers come on channel 0", "channel");
    this.#requests.answered(envelope);
  }

  #told(envelope: Envelope<"event">, channel: number, offset: number): void {
    if (channel !== 0) {
      this.#channels.owner(channel)?.onEvent(envelope, offset);
      return;
    }
    const news = told(envelope);
    for (const listener of [...this.#listeners]) listener.onTold(envelope.seq, news);
  }
}
