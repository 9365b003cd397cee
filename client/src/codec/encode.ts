// A value as MessagePack. One encoder serves all calls: its buffer grows once and is used again.

import { Encoder } from "@msgpack/msgpack";
import { WireError } from "../errors.ts";
import { type Budget, DEPTH } from "../generated/limits.ts";
import { isWellFormed } from "./utf8.ts";

const encoder = new Encoder({ ignoreUndefined: true });

/** Encodes one value; fields that are undefined are left out. Refuses what the wire forbids, so that a peer never has to. */
export function encodeValue(value: unknown, budget: Budget): Uint8Array<ArrayBuffer> {
  const spent = { values: 0 };
  check(value, 1, spent);
  if (spent.values > budget.values) throw new WireError("too_many", `more than ${budget.values} values`);
  const bytes = encoder.encode(value);
  if (bytes.length > budget.bytes) throw new WireError("too_large", `more than ${budget.bytes} bytes`);
  return bytes;
}

function check(value: unknown, depth: number, spent: { values: number }, field?: string): void {
  spent.values += 1;
  if (typeof value === "boolean") return;
  if (typeof value === "number") checkNumber(value, field);
  else if (typeof value === "string") checkText(value, field);
  else if (typeof value === "object") checkObject(value, depth, spent, field);
  else throw new WireError("wrong_type", `a ${typeof value} cannot be sent`, field);
}

function checkNumber(value: number, field?: string): void {
  if (!Number.isFinite(value))
    throw new WireError("unsupported_type", "NaN and infinity are not used", field);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new WireError("out_of_range", "an integer is below 2^53 in magnitude", field);
  }
}

function checkText(value: string, field?: string): void {
  if (!isWellFormed(value))
    throw new WireError("malformed", "a string with half a surrogate pair is no text", field);
}

function checkObject(value: object | null, depth: number, spent: { values: number }, field?: string): void {
  if (value === null)
    throw new WireError("unsupported_type", "an absent field is left out, nil is never sent", field);
  if (value instanceof Uint8Array) return;
  if (depth > DEPTH) throw new WireError("too_deep", `deeper than ${DEPTH}`, field);
  if (Array.isArray(value)) {
    for (const entry of value) check(entry, depth + 1, spent, field);
    return;
  }
  if (!isPlain(value)) throw new WireError("wrong_type", "only plain objects are sent", field);
  for (const [key, entry] of Object.entries(value)) {
    if (entry === undefined) continue;
    checkText(key, key);
    check(entry, depth + 1, spent, key);
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
