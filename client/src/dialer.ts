// Patience: dials, greets, and after each end waits and dials again, until an end is final or this side closes.

import { Backoff } from "./backoff.ts";
import { isCode } from "./codes.ts";
import type { Envelope } from "./control.ts";
import { asError, WireError } from "./errors.ts";
import { type Failure, isFinal, type LocalCode, RequestError } from "./failure.ts";
import { HELLO_MS, ROSTER_MS } from "./generated/limits.ts";
import { type Caller, greet, type Peer } from "./greeting.ts";
import { Link, type LinkHandlers } from "./link.ts";
import { Mailbox } from "./mailbox.ts";
import type { Target } from "./pins.ts";
import type { Cancel, Platform } from "./platform.ts";
import { CONNECTING, connectionReducer } from "./stores/connection.ts";
import { createStore } from "./stores/store.ts";

export interface DialerHandlers extends Pick<LinkHandlers, "onEnvelope" | "onFrame"> {
  onReady(link: Link, peer: Peer): void;
  /** A circuit that was ready has ended; another attempt follows. */
  onDown(failure: Failure): void;
  /** No attempt follows. */
  onClosed(failure: Failure): void;
}

export interface Destination {
  readonly url: string;
  readonly target: Target;
  readonly caller: Caller;
}

export class Dialer {
  readonly state = createStore(connectionReducer, CONNECTING);
  readonly #backoff: Backoff;
  #link: Link | undefined;
  #isReady = false;
  /** It was greeted anew once, because the machine had learnt something. */
  #isAnew = false;
  #cancelWait: Cancel = () => {};

  constructor(
    private readonly platform: Platform,
    private readonly destination: Destination,
    private readonly handlers: DialerHandlers,
  ) {
    this.#backoff = new Backoff(() => (platform.random(1)[0] ?? 0) / 255);
  }

  dial(): void {
    this.#cancelWait();
    this.state.dispatch({ type: "dialled" });
    const mailbox = new Mailbox<Envelope>();
    try {
      this.#link = this.#open(mailbox);
    } catch (thrown) {
      this.#ended({ code: "lost", message: asError(thrown).message });
    }
  }

  /** The network or the page came back: dial at once, or see whether the circuit still lives. */
  wake(): void {
    this.#backoff.reset();
    if (this.state.getSnapshot().phase === "waiting") this.dial();
    else this.#link?.wake();
  }

  close(failure: Failure): void {
    this.#cancelWait();
    if (this.#link === undefined) this.#close(failure);
    else this.#link.end(failure);
  }

  #open(mailbox: Mailbox<Envelope>): Link {
    const link: Link = new Link(this.platform, this.destination.url, {
      onOpen: () => {
        this.state.dispatch({ type: "opened" });
        this.#greet(link, mailbox);
      },
      onGreeting: (envelope) => mailbox.put(envelope),
      onEnvelope: (envelope, channel, offset) => {
        if (this.#isReady) this.handlers.onEnvelope(envelope, channel, offset);
        else mailbox.put(envelope);
      },
      onFrame: this.handlers.onFrame,
      onEnd: (failure) => {
        mailbox.close(new RequestError(failure));
        this.#ended(failure);
      },
    });
    return link;
  }

  #greet(link: Link, mailbox: Mailbox<Envelope>): void {
    const conversation = {
      send: (envelope: Envelope) => link.sendControl(envelope),
      receive: () => mailbox.take(),
    };
    const late = { code: "timeout", message: "the machine did not come to an end of its greeting" } as const;
    const cancel = this.platform.after(HELLO_MS + ROSTER_MS, () => link.end(late));
    greet(conversation, this.platform, this.destination.caller, this.destination.target)
      .then(
        (peer) => this.#greeted(link, peer),
        (thrown) => link.end(failureOf(thrown)),
      )
      .finally(cancel);
  }

  #greeted(link: Link, peer: Peer): void {
    if (this.#link !== link) return;
    if (peer.isOutdated && !this.#isAnew) {
      this.#isAnew = true;
      link.end({ code: "lost", message: "the machine has learnt something; greeting it anew" });
      this.wake();
      return;
    }
    this.#isAnew = false;
    this.#isReady = true;
    this.#backoff.succeeded(this.platform.now());
    this.state.dispatch({ type: "greeted", peer });
    link.guard(() => this.handlers.onReady(link, peer));
  }

  #ended(failure: Failure): void {
    const wasReady = this.#isReady;
    this.#link = undefined;
    this.#isReady = false;
    if (isFinal(failure)) {
      this.#close(failure);
      return;
    }
    const wait = this.#backoff.failed(this.platform.now());
    this.state.dispatch({ type: "failed", until: this.platform.now() + wait, why: failure });
    this.#cancelWait = this.platform.after(wait, () => this.dial());
    if (wasReady) this.handlers.onDown(failure);
  }

  #close(failure: Failure): void {
    this.state.dispatch({ type: "ended", why: failure });
    this.handlers.onClosed(failure);
  }
}

function failureOf(thrown: unknown): Failure {
  if (thrown instanceof RequestError) return thrown;
  if (thrown instanceof WireError) {
    const code = isCode(thrown.code) || thrown.code === "unproven" ? thrown.code : "malformed";
    return { code: code as Failure["code"] & LocalCode, message: thrown.message };
  }
  return { code: "lost", message: asError(thrown).message };
}
