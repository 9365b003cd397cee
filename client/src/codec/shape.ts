// Checks at the door: what came from the network is looked at once, here, and trusted by its type from then on.
// A check returns its value or throws a WireError that names the field, with the same code in every language.

import { WireError } from "../errors.ts";
import { OFFSET_END } from "../generated/limits.ts";

export type Check<T> = (value: unknown) => T;

/** A field that may be left out. */
export interface Optional<T> {
  readonly optional: Check<T>;
}

type Field = Check<unknown> | Optional<unknown>;
type Fields = Readonly<Record<string, Field>>;
type ValueOf<F> = F extends Check<infer T> ? T : F extends Optional<infer T> ? T : never;
type OptionalKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends Optional<unknown> ? K : never;
}[keyof F];
type StructureOf<F extends Fields> = { [K in Exclude<keyof F, OptionalKeys<F>>]: ValueOf<F[K]> } & {
  [K in OptionalKeys<F>]?: ValueOf<F[K]>;
};

export function optional<T>(check: Check<T>): Optional<T> {
  return { optional: check };
}

/** A map with exactly these fields; an unknown one is refused by name. */
export function structure<F extends Fields>(fields: F): Check<StructureOf<F>> {
  return (value) => {
    const map = anyMap(value);
    for (const [name, entry] of Object.entries(map)) {
      if (!Object.hasOwn(fields, name)) throw new WireError("unknown_field", `${name} is not known`, name);
      within(name, checkOf(fields[name] as Field), entry);
    }
    for (const [name, field] of Object.entries(fields)) {
      if (typeof field === "function" && !Object.hasOwn(map, name)) {
        throw new WireError("missing_field", `${name} is missing`, name);
      }
    }
    return map as StructureOf<F>;
  };
}

/** A map of any fields. */
export function anyMap(value: unknown): Record<string, unknown> {
  if (Array.isArray(value)) throw new WireError("positional", "a structure is a map with named fields");
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) wrong("a map", value);
  return value as Record<string, unknown>;
}

export function anything(value: unknown): unknown {
  return value;
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : wrong("text", value);
}

export function boolean(value: unknown): boolean {
  return typeof value === "boolean" ? value : wrong("true or false", value);
}

/** An integer from `least` to `most`. */
export function integer(most: number, least = 0): Check<number> {
  return (value) => {
    if (typeof value !== "number" || !Number.isInteger(value)) return wrong("an integer", value);
    if (value < least || value > most) {
      throw new WireError("out_of_range", `expected ${least} to ${most}, got ${value}`);
    }
    return value;
  };
}

export const u16 = integer(0xffff);
export const u32 = integer(0xffff_ffff);
export const i32 = integer(0x7fff_ffff, -0x8000_0000);
export const offset = integer(OFFSET_END - 1);

/** Exactly so many bytes, or any number of them. */
export function binary(length?: number): Check<Uint8Array> {
  return (value) => {
    if (!(value instanceof Uint8Array)) return wrong("bytes", value);
    if (length !== undefined && value.length !== length) {
      throw new WireError("out_of_range", `expected ${length} bytes, got ${value.length}`);
    }
    return value;
  };
}

/** One name from a list. */
export function oneOf<const N extends string>(...names: readonly N[]): Check<N> {
  return (value) => {
    const name = text(value);
    if (!(names as readonly string[]).includes(name)) {
      throw new WireError("unknown_variant", `${name} is not one of ${names.join(", ")}`);
    }
    return name as N;
  };
}

/** A text of a certain form, such as an id. */
export function formed(form: RegExp, expected: string): Check<string> {
  return (value) => {
    const word = text(value);
    if (!form.test(word)) throw new WireError("out_of_range", `expected ${expected}`);
    return word;
  };
}

export const id = formed(/^[a-z2-7]{25}[aeimquy4]$/, "26 characters of base32");

export function listOf<T>(check: Check<T>): Check<T[]> {
  return (value) => {
    if (!Array.isArray(value)) return wrong("a list", value);
    for (const [index, entry] of value.entries()) within(String(index), check, entry);
    return value;
  };
}

/** A map of any names to values of one shape. */
export function mapOf<T>(check: Check<T>): Check<Record<string, T>> {
  return (value) => {
    const map = anyMap(value);
    for (const [name, entry] of Object.entries(map)) within(name, check, entry);
    return map as Record<string, T>;
  };
}

/** A value of this shape that also passes a last look at the whole. */
export function whole<T>(check: Check<T>, isGood: (value: T) => boolean, expected: string): Check<T> {
  return (value) => {
    const checked = check(value);
    if (!isGood(checked)) throw new WireError("out_of_range", `expected ${expected}`);
    return checked;
  };
}

function checkOf(field: Field): Check<unknown> {
  return typeof field === "function" ? field : field.optional;
}

/** Runs a check so that its error names the way to the field. */
export function within(name: string, check: Check<unknown>, value: unknown): void {
  try {
    check(value);
  } catch (thrown) {
    throw thrown instanceof WireError ? thrown.under(name) : thrown;
  }
}

function wrong(expected: string, value: unknown): never {
  throw new WireError("wrong_type", `expected ${expected}, got ${typeof value}`);
}
