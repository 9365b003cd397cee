// The walk before decoding: size, depth, number of values, and everything the wire forbids. It keeps its own stack, so
// nothing a peer sends can exhaust ours, and it allocates for keys that are really there, never for counts that are claimed.

import { WireError } from "../errors.ts";
import { type Budget, DEPTH, MAP_KEYS, OFFSET_END } from "../generated/limits.ts";
import { TokenReader } from "./token.ts";
import { isUtf8 } from "./utf8.ts";

/** A map or array whose end is not reached. */
interface Open {
  /** Values it has; a map's keys are not counted. */
  readonly length: number;
  /** Values still to come. */
  left: number;
  /** The keys of a map seen so far, the last one last; undefined for an array. */
  readonly keys: Set<string> | undefined;
  lastKey: string;
}

/** Throws a WireError unless the bytes are exactly one value that keeps all the rules and the budget. */
export function scan(bytes: Uint8Array, budget: Budget): void {
  if (bytes.length > budget.bytes) throw new WireError("too_large", `more than ${budget.bytes} bytes`);
  const walk = new Walk(bytes, budget.values);
  walk.run();
  if (walk.end !== bytes.length) throw new WireError("trailing_bytes", "bytes follow the value");
}

class Walk {
  readonly #reader: TokenReader;
  readonly #open: Open[] = [];
  #values = 0;

  constructor(
    bytes: Uint8Array,
    private readonly most: number,
  ) {
    this.#reader = new TokenReader(bytes);
  }

  get end(): number {
    return this.#reader.at;
  }

  run(): void {
    let isAtKey = false;
    try {
      do {
        const inside = this.#open.at(-1);
        if (inside !== undefined) inside.left -= 1;
        isAtKey = true;
        if (inside?.keys !== undefined) this.#key(inside, inside.keys);
        isAtKey = false;
        this.#value();
        while (this.#open.at(-1)?.left === 0) this.#open.pop();
      } while (this.#open.length > 0);
    } catch (thrown) {
      throw thrown instanceof WireError ? this.#located(thrown, isAtKey) : thrown;
    }
  }

  #key(inside: Open, keys: Set<string>): void {
    const reader = this.#reader;
    readScalar(reader);
    if (reader.type !== "string") throw new WireError("unsupported_type", "a key that is not a string");
    const key = rawText(reader);
    if (keys.has(key)) throw new WireError("duplicate_key", "stands twice", textOf(key));
    keys.add(key);
    inside.lastKey = key;
  }

  #value(): void {
    const reader = this.#reader;
    readScalar(reader);
    this.#values += 1;
    // A container's claim counts before one of its values is read.
    if (this.#values + reader.count > this.most)
      throw new WireError("too_many", `more than ${this.most} values`);
    if (reader.type === "map" || reader.type === "array") this.#enter(reader.type === "map", reader.count);
  }

  #enter(isMap: boolean, length: number): void {
    if (this.#open.length >= DEPTH) throw new WireError("too_deep", `more than ${DEPTH} levels`);
    if (isMap && length > MAP_KEYS) throw new WireError("too_many", `a map of more than ${MAP_KEYS} keys`);
    this.#open.push({ length, left: length, keys: isMap ? new Set() : undefined, lastKey: "" });
  }

  /** The error with the way to where the walk stands. At a key, the key before it is not on the way. */
  #located(error: WireError, isAtKey: boolean): WireError {
    return this.#open.reduceRight((located, { length, left, keys, lastKey }, level) => {
      if (keys === undefined) return located.under(String(length - left - 1));
      return isAtKey && level === this.#open.length - 1 ? located : located.under(textOf(lastKey));
    }, error);
  }
}

/** One character per byte: enough to tell two keys apart. */
function rawText(reader: TokenReader): string {
  let text = "";
  const end = reader.body + reader.length;
  for (let at = reader.body; at < end; at += 1) text += String.fromCharCode(reader.bytes[at] ?? 0);
  return text;
}

/** The text behind a raw one, whose bytes are known to be UTF-8. */
function textOf(raw: string): string {
  return decodeURIComponent(
    Array.from(raw, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(2, "0")}`).join(""),
  );
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
  // JavaScript could not tell it from the integer, nor write it as it came.
  if (Number.isInteger(value))
    throw new WireError("unsupported_type", "a whole number is sent as an integer");
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
