// Patience: dials, greets, and after each end tries another way or waits and dials again, until an end is final or this
// side closes.

import { Backoff } from "./backoff.ts";
import { isCode } from "./codes.ts";
import type { Envelope } from "./control.ts";
import { asError, WireError } from "./errors.ts";
import { type Failure, type LocalCode, RequestError } from "./failure.ts";
import { HELLO_MS, ROSTER_MS } from "./generated/limits.ts";
import { type Caller, greet, type Peer } from "./greeting.ts";
import { Link, type LinkHandlers, OPEN_LIMIT } from "./link.ts";
import { Mailbox } from "./mailbox.ts";
import { type Target, targetOf } from "./pins.ts";
import type { Cancel, Platform } from "./platform.ts";
import { Route, type Way } from "./route.ts";
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
  /** The ways there, the best first, as they are known at this moment. */
  readonly ways: () => readonly Way[];
  readonly caller: Caller;
}

/** Milliseconds until a socket must be open where there is another way to try. */
const OPEN_LIMIT_OF_MANY = 2_500;

export class Dialer {
  readonly state = createStore(connectionReducer, CONNECTING);
  readonly #backoff: Backoff;
  readonly #route: Route;
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
    this.#route = new Route(destination.ways);
  }

  dial(): void {
    this.#cancelWait();
    this.state.dispatch({ type: "dialled" });
    const way = this.#route.next();
    const target = targetOf(way?.url ?? "");
    if (way === undefined || target === undefined) {
      this.#ended({ code: "lost", message: "no way to the machine is known" });
      return;
    }
    try {
      this.#link = this.#open(way, { ...target, expected: way.expected });
    } catch (thrown) {
      this.#ended({ code: "lost", message: asError(thrown).message });
    }
  }

  /** The network or the page came back: dial at once, or see whether the circuit still lives. */
  wake(): void {
    this.#backoff.reset();
    this.#route.forgive();
    if (this.state.getSnapshot().phase === "waiting") this.dial();
    else this.#link?.wake();
  }

  close(failure: Failure): void {
    this.#cancelWait();
    if (this.#link === undefined) this.#close(failure);
    else this.#link.end(failure);
  }

  #open(way: Way, target: Target): Link {
    const mailbox = new Mailbox<Envelope>();
    const handlers: LinkHandlers = {
      onOpen: () => {
        this.state.dispatch({ type: "opened" });
        this.#greet(link, mailbox, way, target);
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
    };
    const limit = this.#route.hasMore ? OPEN_LIMIT_OF_MANY : OPEN_LIMIT;
    const link = new Link(this.platform, way.url, handlers, limit);
    return link;
  }

  #greet(link: Link, mailbox: Mailbox<Envelope>, way: Way, target: Target): void {
    const conversation = {
      send: (envelope: Envelope) => link.sendControl(envelope),
      receive: () => mailbox.take(),
    };
    const late = { code: "timeout", message: "the machine did not come to an end of its greeting" } as const;
    const cancel = this.platform.after(HELLO_MS + ROSTER_MS, () => link.end(late));
    greet(conversation, this.platform, this.destination.caller, target)
      .then(
        (peer) => this.#greeted(link, peer, way),
        (thrown) => link.end(failureOf(thrown)),
      )
      .finally(cancel);
  }

  #greeted(link: Link, peer: Peer, way: Way): void {
    if (this.#link !== link) return;
    if (peer.isOutdated && !this.#isAnew) {
      this.#isAnew = true;
      this.#route.again();
      link.end({ code: "lost", message: "the machine has learnt something; greeting it anew" });
      this.dial();
      return;
    }
    this.#isAnew = false;
    this.#isReady = true;
    this.#backoff.succeeded(this.platform.now());
    this.state.dispatch({ type: "greeted", peer, way });
    link.guard(() => this.handlers.onReady(link, peer));
  }

  #ended(failure: Failure): void {
    const wasReady = this.#isReady;
    this.#link = undefined;
    this.#isReady = false;
    const verdict = this.#route.failed(failure, wasReady);
    if (verdict === "over") {
      this.#close(failure);
      return;
    }
    if (verdict === "next") this.#cancelWait = this.platform.after(0, () => this.dial());
    else this.#wait(failure);
    if (wasReady) this.handlers.onDown(failure);
  }

  #wait(failure: Failure): void {
    const wait = this.#backoff.failed(this.platform.now());
    this.state.dispatch({ type: "failed", until: this.platform.now() + wait, why: failure });
    this.#cancelWait = this.platform.after(wait, () => this.dial());
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
