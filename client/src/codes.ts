// The names of errors and ends, and the numbers that close a WebSocket with them.

import { CODES, type Code } from "./generated/codes.ts";

export type { Code };

export function isCode(name: string): name is Code {
  return Object.hasOwn(CODES, name);
}

/** The WebSocket close code. */
export function numberOf(code: Code): number {
  return CODES[code].number;
}

/** The name behind a WebSocket close code, if it is one of ours. */
export function codeOfNumber(number: number): Code | undefined {
  return (Object.keys(CODES) as Code[]).find((name) => CODES[name].number === number);
}
