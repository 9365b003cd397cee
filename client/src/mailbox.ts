// What has come and nobody has taken yet, for the one who waits. A greeting is four messages, so the bound is small.

import { WireError } from "./errors.ts";

const MAILBOX_MAX = 4;

interface Waiter<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

export class Mailbox<T> {
  #values: T[] = [];
  #waiter: Waiter<T> | undefined;
  #closed: Error | undefined;

  /** Full means: the peer talks out of turn, and that is its fault. */
  put(value: T): void {
    if (this.#waiter === undefined) {
      if (this.#values.length >= MAILBOX_MAX)
        throw new WireError("unexpected_frame", "too many messages at once");
      this.#values.push(value);
      return;
    }
    this.#waiter.resolve(value);
    this.#waiter = undefined;
  }

  /** One waits at a time. */
  take(): Promise<T> {
    const value = this.#values.shift();
    if (value !== undefined) return Promise.resolve(value);
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  close(error: Error): void {
    this.#closed = error;
    this.#waiter?.reject(error);
    this.#waiter = undefined;
  }
}
