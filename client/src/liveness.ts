// Whether the other side is still there: ping after 15 s of silence, dead after 45 s. Whoever comes back from the
// background, or finds that the clock has jumped, cannot trust the silence: it pings and waits 2 s.

import { DEAD_AFTER_MS, PING_AFTER_MS, WAKE_PING_MS } from "./generated/limits.ts";

/** A timer that fires this late means that we slept, not that the peer was silent. */
const JUMP = 5_000;

export type Verdict = "alive" | "ping" | "dead";

export class Liveness {
  #heard: number;
  #pinged = false;
  /** When silence means death. */
  #limit: number;

  constructor(now: number) {
    this.#heard = now;
    this.#limit = now + DEAD_AFTER_MS;
  }

  /** A frame came, whatever its kind. */
  heard(now: number): void {
    this.#heard = now;
    this.#pinged = false;
    this.#limit = now + DEAD_AFTER_MS;
  }

  /** When to ask again. */
  get due(): number {
    return this.#pinged ? this.#limit : Math.min(this.#heard + PING_AFTER_MS, this.#limit);
  }

  /** What to do now. `late` is how much later than `due` the question comes. */
  poll(now: number, late = 0): Verdict {
    if (late > JUMP || now < this.#heard) return this.wake(now);
    if (now >= this.#limit) return "dead";
    if (this.#pinged || now < this.due) return "alive";
    this.#pinged = true;
    return "ping";
  }

  /** The page is back: an answer must come within 2 s. */
  wake(now: number): "ping" {
    this.#heard = Math.min(this.#heard, now);
    this.#pinged = true;
    this.#limit = now + WAKE_PING_MS;
    return "ping";
  }
}
