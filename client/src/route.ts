// The ways to one machine, tried one after another: a round is one try of each that is not refused. A machine that is gone
// in one place is so looked for in the others at once, and no way is tried faster than patience allows.

import { type Failure, isDecisive, isFinal } from "./failure.ts";

/** One address at which a machine may be found. */
export interface Way {
  readonly url: string;
  /** The id of the key that must answer, where it is known beforehand. */
  readonly expected?: string | undefined;
  /** The machine whose gateway is in between; undefined where none is. */
  readonly through?: string | undefined;
}

/** Try the next way now, wait for the next round, or give up. */
export type Verdict = "next" | "wait" | "over";

export class Route {
  #left: Way[] = [];
  #present: Way | undefined;
  /** Went silent while it was in use: in the next round it comes last, for whoever is gone without a word takes long to try. */
  #silent: string | undefined;
  /** Where somebody said no. */
  readonly #refused = new Set<string>();

  constructor(private readonly ways: () => readonly Way[]) {}

  /** Whether this round has ways left. */
  get hasMore(): boolean {
    return this.#left.length > 0;
  }

  /** The way to try now; undefined if none is known. */
  next(): Way | undefined {
    if (!this.hasMore) this.#left = this.#round();
    this.#present = this.#left.shift();
    return this.#present;
  }

  /** The present way is to be tried once more, as if it had not been. */
  again(): void {
    if (this.#present !== undefined) this.#left.unshift(this.#present);
  }

  /** Time has passed: who said no may have learnt something since. */
  forgive(): void {
    this.#refused.clear();
  }

  /** The present way has failed, after it led somewhere or before. */
  failed(failure: Failure, wasReady: boolean): Verdict {
    if (isDecisive(failure)) return "over";
    if (isFinal(failure) && this.#present !== undefined) this.#refused.add(this.#present.url);
    if (!wasReady && this.hasMore) return "next";
    this.#left = [];
    this.#silent = wasReady && failure.code === "silent" ? this.#present?.url : undefined;
    return isFinal(failure) && this.#open().length === 0 ? "over" : "wait";
  }

  #round(): Way[] {
    const open = this.#open();
    const isSilent = ({ url }: Way) => url === this.#silent;
    return [...open.filter((way) => !isSilent(way)), ...open.filter(isSilent)];
  }

  #open(): readonly Way[] {
    return this.ways().filter(({ url }) => !this.#refused.has(url));
  }
}
