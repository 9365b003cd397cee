// Keeps a list of sessions up to date: lists with a subscription, gathers the pages, then follows the events. An event
// that is missing means: list again.

import { Backoff } from "./backoff.ts";
import type { Circuit, Listener } from "./circuit.ts";
import { asError } from "./errors.ts";
import { isPassing, RequestError } from "./failure.ts";
import type { ListOutput, ListParams, SessionChanged, SessionInfo } from "./generated/types.ts";
import type { Cancel, Platform } from "./platform.ts";
import type { Told } from "./protocol.ts";
import { NO_SESSIONS, type SessionsState, sessionsReducer } from "./stores/sessions.ts";
import { createStore, type Readable } from "./stores/store.ts";

/** Pages of one list: 10,000 sessions, far more than a machine may have. More is a fault of the machine. */
const PAGES_MAX = 50;
/** Events that may come while pages are gathered. More means: list again. */
const HELD_MAX = 1_000;

export interface SessionsWatch {
  readonly store: Readable<SessionsState>;
  readonly stop: Cancel;
}

/** Follows the sessions of the machine at the other end, over all links, until `stop`. */
export function watchSessions(circuit: Circuit, platform: Platform): SessionsWatch {
  const feed = new SessionsFeed(circuit, platform);
  const leave = circuit.listen(feed);
  const stop = () => {
    leave();
    feed.onDown();
  };
  return { store: feed.store, stop };
}

/** One listing, from the question on. */
interface Listing {
  pages: number;
  sessions: SessionInfo[];
  /** What happened meanwhile. */
  held: SessionChanged[];
  isComplete: boolean;
  /** The next event; undefined until the subscription is answered: what comes before belongs to an older one. */
  nextSeq: number | undefined;
}

class SessionsFeed implements Listener {
  readonly store = createStore(sessionsReducer, NO_SESSIONS);
  readonly #backoff: Backoff;
  #listing: Listing | undefined;
  #cancelRetry: Cancel = () => {};

  constructor(
    private readonly circuit: Pick<Circuit, "ask">,
    private readonly platform: Pick<Platform, "now" | "after" | "random">,
  ) {
    this.#backoff = new Backoff(() => (platform.random(1)[0] ?? 0) / 255);
  }

  onReady(): void {
    this.#cancelRetry();
    this.#listing = { pages: 0, sessions: [], held: [], isComplete: false, nextSeq: undefined };
    this.#ask(this.#listing, { subscribe: true });
  }

  onDown(): void {
    this.#cancelRetry();
    this.#listing = undefined;
    this.store.dispatch({ type: "lost-touch" });
  }

  onTold(seq: number, { topic, data }: Told): void {
    const listing = this.#listing;
    if (topic !== "terminal.session.changed" || listing?.nextSeq === undefined) return;
    if (seq !== listing.nextSeq || listing.held.length >= HELD_MAX) {
      this.onReady();
      return;
    }
    listing.nextSeq += 1;
    if (listing.isComplete) this.store.dispatch({ type: "changed", change: data });
    else listing.held.push(data);
  }

  #ask(listing: Listing, params: ListParams): void {
    this.circuit.ask("terminal.session.list", params, {
      resolve: (page) => {
        if (this.#listing === listing) this.#paged(listing, page);
      },
      reject: (error) => {
        if (this.#listing === listing) this.#refused(error);
      },
    });
  }

  #paged(listing: Listing, { sessions, next }: ListOutput): void {
    listing.nextSeq ??= 1;
    listing.pages += 1;
    listing.sessions.push(...sessions);
    if (next !== undefined && listing.pages < PAGES_MAX) this.#ask(listing, { after: next });
    else this.#complete(listing);
  }

  /** A later page is newer than an earlier event, and an event heard twice changes nothing. */
  #complete(listing: Listing): void {
    listing.isComplete = true;
    this.#backoff.succeeded(this.platform.now());
    this.store.dispatch({ type: "listed", sessions: listing.sessions });
    for (const change of listing.held) this.store.dispatch({ type: "changed", change });
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
