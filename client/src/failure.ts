// Why a circuit or a request ended, and what to do about it: try again by itself, or tell the person.

import type { Code } from "./codes.ts";
import { PASSING } from "./generated/codes.ts";

/** Ends that this side sees and no peer says. */
export type LocalCode =
  /** The socket closed without a word. */
  | "lost"
  /** Nothing was heard for too long. */
  | "silent"
  /** The server could not prove that it holds its key. */
  | "unproven"
  /** The server has another key than the one remembered. */
  | "key_changed"
  /** More waits to be sent than may wait. */
  | "stalled"
  /** This side has closed the circuit. */
  | "closed";

export interface Failure {
  readonly code: Code | LocalCode;
  /** A sentence for people. */
  readonly message: string;
}

/** Trying again changes nothing about these: a person has to act. */
const FINAL: ReadonlySet<string> = new Set([
  "version",
  "unauthenticated",
  "forbidden",
  "origin",
  "device_unknown",
  "link_invalid",
  "unproven",
  "key_changed",
  "closed",
]);

/** No other way to the machine changes anything about these either. */
const DECISIVE: ReadonlySet<string> = new Set(["device_unknown", "link_invalid", "closed"]);

/** A channel that ended with one of these is opened again. */
const AGAIN: ReadonlySet<string> = new Set(PASSING);

export function isFinal(failure: Failure): boolean {
  return FINAL.has(failure.code);
}

export function isDecisive(failure: Failure): boolean {
  return DECISIVE.has(failure.code);
}

export function isPassing(failure: Failure): boolean {
  return AGAIN.has(failure.code);
}

/** A request that was refused, or that can no longer be answered. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly code: Failure["code"];

  constructor(failure: Failure) {
    super(failure.message);
    this.code = failure.code;
  }
}
