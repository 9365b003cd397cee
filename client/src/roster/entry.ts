// An entry of the roster as an owner signed it, checked as strictly as a machine does: there is one way to write it.

import { decodeValue } from "../codec/decode.ts";
import { encodeValue } from "../codec/encode.ts";
import {
  anyMap,
  binary,
  type Check,
  id,
  integer,
  listOf,
  optional,
  structure,
  text,
  within,
} from "../codec/shape.ts";
import { utf8Bytes } from "../codec/utf8.ts";
import { clientKind, deviceKey, role } from "../control.ts";
import { WireError } from "../errors.ts";
import { ENTRY, OFFSET_END } from "../generated/limits.ts";
import type { Entry } from "../generated/types.ts";
import { joined } from "../parts.ts";

const STEM = { after: listOf(binary(32)), by: deviceKey, at: integer(OFFSET_END - 1) };
const stem = structure(STEM);
const KEY = ["id", "alg", "key"];

/** The fields of each kind, in the order in which they are written. */
const FIELDS = {
  device: {
    t: text,
    stem,
    key: deviceKey,
    name: text,
    role,
    ceiling: optional(role),
    kind: clientKind,
    platform: optional(text),
  },
  change: {
    t: text,
    stem,
    device: id,
    name: optional(text),
    role: optional(role),
    ceiling: optional(role),
  },
  revoke: { t: text, stem, device: id },
  machine: { t: text, stem, key: binary(32), name: text, origins: listOf(text) },
  label: {
    t: text,
    stem,
    machine: id,
    name: optional(text),
    tags: optional(listOf(text)),
  },
  retire: { t: text, stem, machine: id },
} as const;

const CHECKS: { readonly [T in Entry["t"]]: Check<unknown> } = {
  device: structure(FIELDS.device),
  change: structure(FIELDS.change),
  revoke: structure(FIELDS.revoke),
  machine: structure(FIELDS.machine),
  label: structure(FIELDS.label),
  retire: structure(FIELDS.retire),
};

/** Checks the shape of an entry that has been decoded. */
export function checkEntry(value: unknown): Entry {
  const { t } = anyMap(value);
  if (t === undefined) throw new WireError("missing_field", "t is missing", "t");
  within("t", tag, t);
  CHECKS[t as Entry["t"]](value);
  return value as Entry;
}

/** Decodes the bytes that were signed. */
export function readEntry(bytes: Uint8Array): Entry {
  const entry = checkEntry(decodeValue(bytes, ENTRY));
  const again = encodeValue(inOrder(entry), ENTRY);
  const isSame = again.length === bytes.length && again.every((byte, at) => byte === bytes[at]);
  if (!isSame) throw new WireError("out_of_range", "it is not written the one way an entry is");
  return entry;
}

/** What is signed of an entry: label, root key and entry, each behind its length in two bytes. */
export function signedBytes(root: Uint8Array, entry: Uint8Array): Uint8Array {
  return joined([utf8Bytes("homie-roster-v1"), root, entry]);
}

function tag(value: unknown): string {
  const name = text(value);
  if (!Object.hasOwn(FIELDS, name)) throw new WireError("unknown_variant", `${name} is not an entry`);
  return name;
}

function inOrder(entry: Entry): unknown {
  const stemOf = { ...pick(entry.stem, Object.keys(STEM)), by: pick(entry.stem.by, KEY) };
  const whole = { ...pick(entry, Object.keys(FIELDS[entry.t])), stem: stemOf };
  return entry.t === "device" ? { ...whole, key: pick(entry.key, KEY) } : whole;
}

function pick(map: object, fields: readonly string[]): Record<string, unknown> {
  const known = map as Record<string, unknown>;
  return Object.fromEntries(
    fields.filter((field) => known[field] !== undefined).map((field) => [field, known[field]]),
  );
}
