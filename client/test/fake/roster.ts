// The entries of a roster as owners sign them, checked as strictly as a machine does. The product carries them as bytes;
// the tests look into them, so that every golden vector is looked at in both languages.

import {
  anyMap,
  binary,
  type Check,
  id,
  integer,
  listOf,
  oneOf,
  optional,
  structure,
  text,
  within,
} from "../../src/codec/shape.ts";
import { utf8Bytes } from "../../src/codec/utf8.ts";
import { role } from "../../src/control.ts";
import { WireError } from "../../src/errors.ts";
import { OFFSET_END } from "../../src/generated/limits.ts";
import type { Entry } from "../../src/generated/types.ts";

const key = structure({ id, alg: oneOf("ed25519", "p256"), key: binary() });
const stem = structure({ after: listOf(binary(32)), by: key, at: integer(OFFSET_END - 1) });

const ENTRIES = {
  device: structure({
    t: text,
    stem,
    key,
    name: text,
    role,
    ceiling: optional(role),
    kind: oneOf("web", "phone", "cli"),
    platform: optional(text),
  }),
  change: structure({
    t: text,
    stem,
    device: id,
    name: optional(text),
    role: optional(role),
    ceiling: optional(role),
  }),
  revoke: structure({ t: text, stem, device: id }),
  machine: structure({ t: text, stem, key: binary(32), name: text, origins: listOf(text) }),
  retire: structure({ t: text, stem, machine: id }),
} as const satisfies { readonly [T in Entry["t"]]: Check<unknown> };

export function checkEntry(value: unknown): unknown {
  const { t } = anyMap(value);
  let check: Check<unknown> | undefined;
  within(
    "t",
    (tag) => {
      const name = text(tag);
      if (Object.hasOwn(ENTRIES, name)) check = ENTRIES[name as Entry["t"]];
      else throw new WireError("unknown_variant", `${name} is not an entry`);
    },
    t,
  );
  return check?.(value);
}

/** What is signed of an entry: label, root key and entry, each behind its length in two bytes. */
export function signedBytes(root: Uint8Array, entry: Uint8Array): Uint8Array {
  const parts = [utf8Bytes("homie-roster-v1"), root, entry];
  return Uint8Array.from(parts.flatMap((part) => [part.length >> 8, part.length & 0xff, ...part]));
}
