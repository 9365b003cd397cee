// Whether the other side is still there: a ping after each 15 s of silence, dead after 45 s. Whoever comes back from the
// background, or finds that the clock has jumped, cannot trust the silence: it pings and waits 2 s.

import { DEAD_AFTER_MS, PING_AFTER_MS, WAKE_PING_MS } from "./generated/limits.ts";

/** A timer that fires this late means that we slept, not that the peer was silent. */
const JUMP_MS = 5_000;

export type Verdict = "alive" | "ping" | "dead";

export class Liveness {
  #asked: number;
  #pingAt: number;
  #deadAt: number;

  constructor(now: number) {
    this.#asked = now;
    this.#pingAt = now + PING_AFTER_MS;
    this.#deadAt = now + DEAD_AFTER_MS;
  }

  /** A frame came, whatever its kind. */
  heard(now: number): void {
    this.#pingAt = now + PING_AFTER_MS;
    this.#deadAt = now + DEAD_AFTER_MS;
  }

  /** When to ask again. */
  get due(): number {
    return Math.min(this.#pingAt, this.#deadAt);
  }

  /** What to do now. `late` is how much later than it was meant the question comes. */
  poll(now: number, late = 0): Verdict {
    const hasJumped = late > JUMP_MS || now < this.#asked;
    this.#asked = now;
    if (hasJumped) return this.wake(now);
    if (now >= this.#deadAt) return "dead";
    if (now < this.#pingAt) return "alive";
    this.#pingAt = now + PING_AFTER_MS;
    return "ping";
  }

  /** The page is back: an answer must come within 2 s. The caller pings. */
  wake(now: number): "ping" {
    this.#pingAt = now + PING_AFTER_MS;
    this.#deadAt = now + WAKE_PING_MS;
    return "ping";
  }
}
