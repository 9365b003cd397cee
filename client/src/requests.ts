// Requests and their answers over whatever link there is: what cannot be asked now waits for the next link, what waits too
// long is told so.

import { base32 } from "./base32.ts";
import { type Call, Calls } from "./calls.ts";
import type { Envelope } from "./control.ts";
import { asError } from "./errors.ts";
import { type Failure, RequestError } from "./failure.ts";
import { REQUESTS } from "./generated/limits.ts";
import { METHODS } from "./generated/methods.ts";
import type { Cancel, Platform } from "./platform.ts";
import { type MethodName, type Params, RESULTS, type Result } from "./protocol.ts";

/** Milliseconds until a request is given up; well below the 10 minutes for which a machine remembers a key. */
export const REQUEST_LIMIT = 30_000;

/** Bytes waiting in the socket above which requests wait too, so that input keeps its room. */
const ROOM_FOR_REQUESTS = 4_194_304;
const LOOK_AGAIN = 100;

export interface RequestLine {
  readonly buffered: number;
  sendControl(envelope: Envelope): void;
}

export interface Answer<M extends MethodName> {
  resolve(result: Result<M>): void;
  reject(error: Error): void;
}

export class Requests {
  readonly #calls = new Calls();
  #line: RequestLine | undefined;
  #end: Failure | undefined;
  #cancelLook: Cancel = () => {};

  constructor(private readonly platform: Pick<Platform, "after" | "random">) {}

  /** Asks, and gives the answer in the very moment it comes. */
  ask<M extends MethodName>(method: M, params: Params<M>, answer: Answer<M>): void {
    if (this.#end !== undefined) {
      answer.reject(new RequestError(this.#end));
      return;
    }
    let cancel: Cancel = () => {};
    const call: Call = {
      method,
      params,
      key: METHODS[method].keyed ? base32(this.platform.random(16)) : undefined,
      // A channel belongs to one circuit: asked on the next, this would mean another.
      isBound: "channel" in params,
      resolve: (result) => {
        cancel();
        deliver(method, result, answer);
      },
      reject: (error) => {
        cancel();
        answer.reject(error);
      },
    };
    if (!this.#calls.add(call)) {
      answer.reject(new RequestError({ code: "busy", message: `${REQUESTS} requests wait already` }));
      return;
    }
    cancel = this.platform.after(REQUEST_LIMIT, () => this.#expire(call));
    this.#flush();
  }

  /** The circuit is ready. */
  raised(line: RequestLine): void {
    this.#line = line;
    this.#flush();
  }

  /** The circuit is gone. Requests with a key are asked again on the next. */
  grounded(failure: Failure): void {
    this.#line = undefined;
    this.#cancelLook();
    for (const call of this.#calls.grounded()) call.reject(new RequestError(failure));
  }

  answered({ id, ok, error }: Envelope<"response">): void {
    const call = this.#calls.answered(id);
    if (error === undefined) call?.resolve(ok);
    else call?.reject(new RequestError(error));
    this.#flush();
  }

  /** No circuit follows. */
  close(failure: Failure): void {
    this.#line = undefined;
    this.#end = failure;
    this.#cancelLook();
    this.#calls.rejectAll(failure);
  }

  #expire(call: Call): void {
    this.#calls.abandon(call);
    call.reject(new RequestError({ code: "timeout", message: `${call.method} was not answered in time` }));
  }

  #flush(): void {
    this.#cancelLook();
    while (this.#line !== undefined) {
      if (this.#line.buffered >= ROOM_FOR_REQUESTS) {
        // A socket does not say when it has room again: look in a while.
        this.#cancelLook = this.platform.after(LOOK_AGAIN, () => this.#flush());
        return;
      }
      const next = this.#calls.next();
      if (next === undefined) return;
      this.#send(this.#line, next.id, next.call);
    }
  }

  #send(line: RequestLine, id: number, call: Call): void {
    const { method, params, key } = call;
    try {
      line.sendControl({ t: "request", id, method, params, ...(key === undefined ? {} : { key }) });
    } catch (thrown) {
      // The caller's own parameters are at fault; the circuit is not.
      this.#calls.answered(id);
      call.reject(asError(thrown));
    }
  }
}

function deliver<M extends MethodName>(method: M, came: unknown, answer: Answer<M>): void {
  let result: Result<M>;
  try {
    result = RESULTS[method](came);
  } catch (thrown) {
    answer.reject(asError(thrown));
    return;
  }
  answer.resolve(result);
}
