// The requests that wait for an answer. A request with a key outlives the circuit it was asked on: it is asked again
// with the same key, and the machine gives its first answer. One without a key fails with the circuit.

import { type Failure, RequestError } from "./failure.ts";
import { REQUESTS } from "./generated/limits.ts";

export interface Call {
  readonly method: string;
  readonly params: unknown;
  readonly key: string | undefined;
  /** Means something on the present circuit alone. */
  readonly isBound: boolean;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

const ID_END = 2 ** 32;

export class Calls {
  readonly #unsent = new Set<Call>();
  /** By id; undefined where nobody waits any more and the answer is still to come. */
  readonly #asked = new Map<number, Call | undefined>();
  #lastId = 0;

  get size(): number {
    return this.#unsent.size + this.#asked.size;
  }

  /** False: full, and the call was not taken. */
  add(call: Call): boolean {
    if (this.size >= REQUESTS) return false;
    this.#unsent.add(call);
    return true;
  }

  /** Takes out one call to send, under a fresh id. */
  next(): { readonly id: number; readonly call: Call } | undefined {
    for (const call of this.#unsent) {
      this.#unsent.delete(call);
      const id = this.#freeId();
      this.#asked.set(id, call);
      return { id, call };
    }
    return undefined;
  }

  /** The call this answer is for; undefined if nobody waits for it any more. */
  answered(id: number): Call | undefined {
    const call = this.#asked.get(id);
    this.#asked.delete(id);
    return call;
  }

  /** Nobody waits for it any more. Its id stays taken until the answer comes or the circuit ends. */
  abandon(call: Call): void {
    this.#unsent.delete(call);
    for (const [id, asked] of this.#asked) if (asked === call) this.#asked.set(id, undefined);
  }

  /** The circuit is gone: gives the calls that fail with it; the others wait for the next. */
  grounded(): Call[] {
    const asked = [...this.#asked.values()].filter((call) => call !== undefined);
    const unsent = [...this.#unsent];
    this.#asked.clear();
    this.#unsent.clear();
    this.#lastId = 0;
    const failed = [
      ...asked.filter((call) => call.key === undefined),
      ...unsent.filter((call) => call.isBound),
    ];
    for (const call of [...asked, ...unsent]) if (!failed.includes(call)) this.#unsent.add(call);
    return failed;
  }

  /** Everything ends. */
  rejectAll(failure: Failure): void {
    const all = [...this.#asked.values(), ...this.#unsent];
    this.#asked.clear();
    this.#unsent.clear();
    for (const call of all) call?.reject(new RequestError(failure));
  }

  #freeId(): number {
    do {
      this.#lastId = (this.#lastId + 1) % ID_END || 1;
    } while (this.#asked.has(this.#lastId));
    return this.#lastId;
  }
}
