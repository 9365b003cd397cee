// Keeps a list of what is elsewhere up to date: asks for it with a subscription, gathers the pages, then follows the
// events. An event that is missing means: list again.

import { Backoff } from "./backoff.ts";
import type { Circuit, Listener } from "./circuit.ts";
import { asError } from "./errors.ts";
import { type Failure, isPassing, RequestError } from "./failure.ts";
import type { Cancel, Platform } from "./platform.ts";
import type { MethodName, Params, Result, Told } from "./protocol.ts";
import type { Readable, Store } from "./stores/store.ts";

type Asker = Pick<Circuit, "ask">;

/** Asks for one page. The answer is what to ask next; nothing when the list is whole. */
export type Question = (
  circuit: Asker,
  answer: { resolve(next: Question | undefined): void; reject(error: Error): void },
) => void;

/** A question for a page; `take` keeps it and gives the next question. */
export function pageOf<M extends MethodName>(
  method: M,
  params: Params<M>,
  take: (page: Result<M>) => Question | undefined,
): Question {
  return (circuit, { resolve, reject }) =>
    circuit.ask(method, params, { resolve: (page) => resolve(take(page)), reject });
}

/** What every list is told by its feed. */
export type FeedEvent = { readonly type: "refused"; readonly why: Failure } | { readonly type: "lost-touch" };

/** What is listed, and what its store makes of it. */
export interface Subject<Event> {
  /** Begins a listing: the first question, which subscribes, and what to tell the store when all pages are there. */
  begin(): { readonly first: Question; readonly listed: () => Event };
  /** What an event says; undefined if it is about something else. */
  changeOf(told: Told): Event | undefined;
  /** Pages of one list. More is a fault of the machine, and left out. */
  readonly pagesMax: number;
  /** Events that may come while pages are gathered. More means: list again. */
  readonly heldMax: number;
}

export interface Watch<State> {
  readonly store: Readable<State>;
  readonly stop: Cancel;
}

/** Follows the subject over all links, until `stop`. */
export function watch<State, Event>(
  circuit: Circuit,
  platform: Platform,
  store: Store<State, Event | FeedEvent>,
  subject: Subject<Event>,
): Watch<State> {
  const feed = new Feed(circuit, platform, store, subject);
  const leave = circuit.listen(feed);
  const stop = () => {
    leave();
    feed.onDown();
  };
  return { store, stop };
}

/** One listing, from the question on. */
interface Listing<Event> {
  pages: number;
  readonly listed: () => Event;
  /** What happened meanwhile. */
  held: Event[];
  isComplete: boolean;
  /** The next event; undefined until the subscription is answered: what comes before belongs to an older one. */
  nextSeq: number | undefined;
}

class Feed<State, Event> implements Listener {
  readonly #backoff: Backoff;
  #listing: Listing<Event> | undefined;
  #cancelRetry: Cancel = () => {};

  constructor(
    private readonly circuit: Asker,
    private readonly platform: Pick<Platform, "now" | "after" | "random">,
    private readonly store: Store<State, Event | FeedEvent>,
    private readonly subject: Subject<Event>,
  ) {
    this.#backoff = new Backoff(() => (platform.random(1)[0] ?? 0) / 255);
  }

  onReady(): void {
    this.#cancelRetry();
    const { first, listed } = this.subject.begin();
    this.#listing = { pages: 0, listed, held: [], isComplete: false, nextSeq: undefined };
    this.#ask(this.#listing, first);
  }

  onDown(): void {
    this.#cancelRetry();
    this.#listing = undefined;
    this.store.dispatch({ type: "lost-touch" });
  }

  onTold(seq: number, told: Told): void {
    const listing = this.#listing;
    const change = this.subject.changeOf(told);
    if (change === undefined || listing?.nextSeq === undefined) return;
    if (seq !== listing.nextSeq || listing.held.length >= this.subject.heldMax) {
      this.onReady();
      return;
    }
    listing.nextSeq += 1;
    if (listing.isComplete) this.store.dispatch(change);
    else listing.held.push(change);
  }

  #ask(listing: Listing<Event>, question: Question): void {
    question(this.circuit, {
      resolve: (next) => {
        if (this.#listing === listing) this.#paged(listing, next);
      },
      reject: (error) => {
        if (this.#listing === listing) this.#refused(error);
      },
    });
  }

  #paged(listing: Listing<Event>, next: Question | undefined): void {
    listing.nextSeq ??= 1;
    listing.pages += 1;
    if (next !== undefined && listing.pages < this.subject.pagesMax) this.#ask(listing, next);
    else this.#complete(listing);
  }

  /** A later page is newer than an earlier event, and an event heard twice changes nothing. */
  #complete(listing: Listing<Event>): void {
    listing.isComplete = true;
    this.#backoff.succeeded(this.platform.now());
    this.store.dispatch(listing.listed());
    for (const change of listing.held) this.store.dispatch(change);
    listing.held = [];
  }

  #refused(error: Error): void {
    this.#listing = undefined;
    const why =
      error instanceof RequestError ? error : { code: "malformed" as const, message: asError(error).message };
    this.store.dispatch({ type: "refused", why: { code: why.code, message: why.message } });
    if (!isPassing(why)) return;
    this.#cancelRetry = this.platform.after(this.#backoff.failed(this.platform.now()), () => this.onReady());
  }
}
