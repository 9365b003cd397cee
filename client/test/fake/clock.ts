// A clock that stands still until it is told to go on, with timers.

import type { Cancel } from "../../src/platform.ts";

interface Timer {
  at: number;
  readonly run: () => void;
}

export class FakeClock {
  time = 1_000_000;
  #timers = new Set<Timer>();

  readonly now = () => this.time;

  readonly after = (milliseconds: number, run: () => void): Cancel => {
    const timer = { at: this.time + milliseconds, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Goes on, and runs what falls due, in order. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#timers.delete(timer);
      this.time = Math.max(this.time, timer.at);
      timer.run();
      await settled();
    }
    this.time = end;
    await settled();
  }

  /** The machine slept: the clock jumps, and the timers fire late. */
  async sleep(milliseconds: number): Promise<void> {
    this.time += milliseconds;
    await this.advance(0);
  }

  /** Somebody sets the clock, this much forward or back. Timers do not care. */
  set(milliseconds: number): void {
    this.time += milliseconds;
    for (const timer of this.#timers) timer.at += milliseconds;
  }

  get timers(): number {
    return this.#timers.size;
  }

  #next(end: number): Timer | undefined {
    return [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

/** Lets everything that waits for a promise, signatures included, go on. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
