// How long to wait before the next attempt: 0.25 s, doubling to 10 s, with 30 % of chance either way.

const FIRST = 250;
const LONGEST = 10_000;
const SPREAD = 0.3;
/**
 * A circuit that was up for this long was a success: the next wait is short again. On a link that breaks every few
 * seconds nobody is away for longer than it carries.
 */
const PROVEN_AFTER = 3_000;

export class Backoff {
  #attempts = 0;
  #upSince: number | undefined;

  /** `chance` gives numbers from 0 to 1. */
  constructor(private readonly chance: () => number) {}

  succeeded(now: number): void {
    this.#upSince = now;
  }

  /** Milliseconds to wait after this failure. */
  failed(now: number): number {
    if (this.#upSince !== undefined && now - this.#upSince >= PROVEN_AFTER) this.#attempts = 0;
    this.#upSince = undefined;
    const wait = Math.min(FIRST * 2 ** this.#attempts, LONGEST);
    this.#attempts = Math.min(this.#attempts + 1, 16);
    return Math.round(wait * (1 - SPREAD + 2 * SPREAD * this.chance()));
  }

  /** The network or the page came back: what failed before says nothing now. */
  reset(): void {
    this.#attempts = 0;
  }
}
