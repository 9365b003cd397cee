// Whether the other side is still there: a ping after each 15 s of silence, dead after 45 s. Whoever comes back from the
// background, or finds that the clock has jumped, cannot trust the silence: it pings and waits 2 s.

import {
  AWAY_MS,
  DEAD_AFTER_MS,
  LOOK_MS,
  PING_AFTER_MS,
  TYPED_DEAD_MS,
  TYPED_PING_MS,
  WAKE_PING_MS,
} from "./generated/limits.ts";

export type Verdict = "alive" | "ping" | "dead";

export class Liveness {
  #looked: number;
  #pingAt: number;
  #deadAt: number;
  /** Something was typed since the peer was heard. */
  #hasTyped = false;
  /** We slept, and the peer has not answered since. */
  #hasWoken = false;

  constructor(now: number) {
    this.#looked = now;
    this.#pingAt = now + PING_AFTER_MS;
    this.#deadAt = now + DEAD_AFTER_MS;
  }

  /** A frame came, whatever its kind. After a sleep it may have lain in the socket since before: it only shows that the
   * answer to the ping may still be behind it. */
  heard(now: number): void {
    this.#hasTyped = false;
    this.#pingAt = now + PING_AFTER_MS;
    this.#deadAt = now + (this.#hasWoken ? WAKE_PING_MS : DEAD_AFTER_MS);
  }

  /** The answer to a ping came. */
  answered(now: number): void {
    this.#hasWoken = false;
    this.heard(now);
  }

  /** Something was typed: a peer that is there confirms it, or says something else, soon. */
  typed(now: number): void {
    if (this.#hasTyped) return;
    this.#hasTyped = true;
    this.#pingAt = Math.min(this.#pingAt, now + TYPED_PING_MS);
    this.#deadAt = Math.min(this.#deadAt, now + TYPED_DEAD_MS);
  }

  /** When to ask again: soon, for whoever was away finds out when it asks. */
  get due(): number {
    return Math.min(this.#looked + LOOK_MS, this.#pingAt, this.#deadAt);
  }

  /** What to do now. When nobody has asked for long we slept: it was not the peer who was silent. */
  poll(now: number): Verdict {
    if (now - this.#looked >= AWAY_MS || now < this.#looked) return this.wake(now);
    this.#looked = now;
    if (now >= this.#deadAt) return "dead";
    if (now < this.#pingAt) return "alive";
    this.#pingAt = now + PING_AFTER_MS;
    return "ping";
  }

  /** The page is back: an answer must come within 2 s. The caller pings. */
  wake(now: number): "ping" {
    this.#looked = now;
    this.#hasWoken = true;
    this.#pingAt = now + PING_AFTER_MS;
    this.#deadAt = now + WAKE_PING_MS;
    return "ping";
  }
}
