// The walk before decoding: size, depth, number of values, and everything the wire forbids. It keeps its own stack, so
// nothing a peer sends can exhaust ours, and it allocates for keys that are really there, never for counts that are claimed.

import { WireError } from "../errors.ts";
import { type Budget, DEPTH, MAP_KEYS, OFFSET_END } from "../generated/limits.ts";
import { TokenReader } from "./token.ts";
import { isUtf8 } from "./utf8.ts";

/** A map or array whose end is not reached. */
interface Open {
  /** Values still to come; a map's keys are not counted. */
  left: number;
  /** The keys of a map seen so far; undefined for an array. */
  readonly keys: Set<string> | undefined;
}

/** Throws a WireError unless the bytes are exactly one value that keeps all the rules and the budget. */
export function scan(bytes: Uint8Array, budget: Budget): void {
  if (bytes.length > budget.bytes) throw new WireError("too_large", `more than ${budget.bytes} bytes`);
  const reader = new TokenReader(bytes);
  const stack: Open[] = [];
  let values = 0;
  do {
    const inside = stack.at(-1);
    if (inside?.keys !== undefined) readKey(reader, inside.keys);
    if (inside !== undefined) inside.left -= 1;
    readScalar(reader);
    values += 1;
    // A container's claim counts before one of its values is read.
    if (values + reader.count > budget.values) {
      throw new WireError("too_many", `more than ${budget.values} values`);
    }
    if (reader.type === "map" || reader.type === "array") enter(stack, reader);
    while (stack.at(-1)?.left === 0) stack.pop();
  } while (stack.length > 0);
  if (reader.at !== bytes.length) throw new WireError("trailing_bytes", "bytes follow the value");
}

function enter(stack: Open[], reader: TokenReader): void {
  if (stack.length >= DEPTH) throw new WireError("too_deep", `more than ${DEPTH} levels`);
  const isMap = reader.type === "map";
  if (isMap && reader.count > MAP_KEYS) {
    throw new WireError("too_many", `a map of more than ${MAP_KEYS} keys`);
  }
  stack.push({ left: reader.count, keys: isMap ? new Set() : undefined });
}

function readKey(reader: TokenReader, keys: Set<string>): void {
  readScalar(reader);
  if (reader.type !== "string") throw new WireError("unsupported_type", "a key that is not a string");
  const key = rawText(reader);
  if (keys.has(key)) throw new WireError("duplicate_key", `${key} stands twice`, key);
  keys.add(key);
}

/** One character per byte: enough to tell two keys apart, and right for every ASCII key. */
function rawText(reader: TokenReader): string {
  let text = "";
  const end = reader.body + reader.length;
  for (let at = reader.body; at < end; at += 1) text += String.fromCharCode(reader.bytes[at] ?? 0);
  return text;
}

function readScalar(reader: TokenReader): void {
  reader.next();
  switch (reader.type) {
    case "nil":
      throw new WireError("unsupported_type", "nil is never sent, an absent field is left out");
    case "extension":
      throw new WireError("unsupported_type", "extension types are not used");
    case "float":
      checkFloat(reader);
      break;
    case "integer":
      if (reader.length === 8) checkWide(reader);
      break;
    case "string":
      checkText(reader);
      break;
    case "boolean":
    case "binary":
    case "array":
    case "map":
      break;
  }
}

function checkFloat({ view, body, length }: TokenReader): void {
  const value = length === 4 ? view.getFloat32(body) : view.getFloat64(body);
  if (!Number.isFinite(value)) throw new WireError("unsupported_type", "NaN and infinity are not used");
}

function checkText({ bytes, body, length }: TokenReader): void {
  if (!isUtf8(bytes, body, body + length)) throw new WireError("malformed", "text is not UTF-8");
}

/** Rounding keeps the order of numbers, so a rounded value below 2^53 was below it before. */
function checkWide({ view, body }: TokenReader): void {
  const isSigned = view.getUint8(body - 1) === 0xd3;
  const high = isSigned ? view.getInt32(body) : view.getUint32(body);
  const value = high * 2 ** 32 + view.getUint32(body + 4);
  if (Math.abs(value) >= OFFSET_END) throw new WireError("out_of_range", "integers are below 2^53");
}
