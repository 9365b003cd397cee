// The codec: round trips, and every refusal by its code.

import { encode as encodeAnything } from "@msgpack/msgpack";
import { describe, expect, it } from "vitest";
import { decodeValue } from "../src/codec/decode.ts";
import { encodeValue } from "../src/codec/encode.ts";
import { isUtf8, utf8Bytes } from "../src/codec/utf8.ts";
import { WireError } from "../src/errors.ts";
import { ANSWER, GREETING } from "../src/generated/limits.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);
const text = (value: string) => [0xa0 + value.length, ...utf8Bytes(value)];

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof WireError) return thrown.code;
    throw thrown;
  }
  return "accepted";
}

const decodeCode = (input: Uint8Array) => codeOf(() => decodeValue(input, ANSWER));

describe("decoding", () => {
  it("gives back what was encoded", () => {
    const value = {
      t: "request",
      numbers: [
        0,
        127,
        128,
        255,
        256,
        65_535,
        65_536,
        2 ** 32 - 1,
        2 ** 32,
        2 ** 53 - 1,
        -1,
        -32,
        -33,
        -(2 ** 53 - 1),
        0.5,
      ],
      words: ["", "ä", "日本語", "🦀".repeat(20), "x".repeat(300)],
      flags: [true, false],
      bytes: bytes(1, 2, 3),
      inner: { a: {}, b: [] },
    };
    expect(decodeValue(encodeValue(value, ANSWER), ANSWER)).toEqual(value);
  });

  it("shows binary as a view into the bytes that came", () => {
    const encoded = encodeValue({ key: bytes(7, 8) }, ANSWER);
    const { key } = decodeValue(encoded, ANSWER) as { key: Uint8Array };
    expect(key.buffer).toBe(encoded.buffer);
  });

  it.each([
    ["nothing", bytes(), "malformed"],
    ["a cut integer", bytes(0xcd, 1), "malformed"],
    ["a cut string", bytes(0xa5, 0x61), "malformed"],
    ["a cut map", bytes(0x82, ...text("a"), 1), "malformed"],
    ["a map that claims four thousand million entries", bytes(0xdf, 255, 255, 255, 255), "too_many"],
    ["a binary that claims four thousand million bytes", bytes(0xc6, 255, 255, 255, 255), "malformed"],
    ["the unused byte", bytes(0xc1), "malformed"],
    ["nil", bytes(0x81, ...text("a"), 0xc0), "unsupported_type"],
    ["a timestamp", bytes(0xd6, 0xff, 0, 0, 0, 0), "unsupported_type"],
    ["NaN", bytes(0xca, 0x7f, 0xc0, 0, 0), "unsupported_type"],
    ["infinity", bytes(0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0), "unsupported_type"],
    ["a number as a key", bytes(0x81, 1, 1), "unsupported_type"],
    ["a key twice", bytes(0x82, ...text("a"), 1, ...text("a"), 2), "duplicate_key"],
    ["a key twice in another spelling", bytes(0x82, ...text("a"), 1, 0xd9, 1, 0x61, 2), "duplicate_key"],
    ["trailing bytes", bytes(1, 1), "trailing_bytes"],
    ["2^53", bytes(0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0), "out_of_range"],
    ["2^64 - 1", bytes(0xcf, 255, 255, 255, 255, 255, 255, 255, 255), "out_of_range"],
    ["-2^53", bytes(0xd3, 0xff, 0xe0, 0, 0, 0, 0, 0, 0), "out_of_range"],
    ["a string that is not UTF-8", bytes(0xa1, 0xff), "malformed"],
    ["__proto__", bytes(0x81, ...text("__proto__"), 1), "unknown_field"],
    ["2^53 - 1", bytes(0xcf, 0, 0x1f, 255, 255, 255, 255, 255, 255), "accepted"],
    ["-(2^53 - 1)", bytes(0xd3, 0xff, 0xe0, 0, 0, 0, 0, 0, 1), "accepted"],
    ["the same key in two maps", bytes(0x92, 0x81, ...text("a"), 1, 0x81, ...text("a"), 1), "accepted"],
  ])("%s", (_name, input, code) => {
    expect(decodeCode(input)).toBe(code);
  });

  it("names the way to what is wrong, in its own letters and not at length", () => {
    const fieldOf = (input: Uint8Array) => {
      try {
        decodeValue(input, ANSWER);
      } catch (thrown) {
        if (thrown instanceof WireError) return thrown.field;
      }
      return undefined;
    };
    expect(fieldOf(encodeAnything({ größe: [1, { x: null }] }))).toBe("größe.1.x");
    expect(fieldOf(encodeAnything({ ["k".repeat(100_000)]: null }))).toBe("k".repeat(64));
  });

  it("counts depth, values and bytes", () => {
    expect(decodeCode(bytes(...Array(15).fill(0x91), 0x90))).toBe("accepted");
    expect(decodeCode(bytes(...Array(16).fill(0x91), 0x90))).toBe("too_deep");
    expect(decodeCode(new Uint8Array(1_000_000).fill(0x91))).toBe("too_deep");
    expect(codeOf(() => decodeValue(encodeAnything(Array(63).fill(1)), GREETING))).toBe("accepted");
    expect(codeOf(() => decodeValue(encodeAnything(Array(64).fill(1)), GREETING))).toBe("too_many");
    expect(codeOf(() => decodeValue(new Uint8Array(8_193), GREETING))).toBe("too_large");
  });

  it("never throws anything but a WireError, whatever the bytes are", () => {
    let seed = 1;
    const next = () => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff);
    for (let round = 0; round < 3_000; round += 1) {
      const input = Uint8Array.from({ length: next() % 40 }, () => next() >> 8);
      expect(typeof decodeCode(input)).toBe("string");
    }
  });
});

describe("encoding", () => {
  it("leaves out what is undefined and writes integers as short as they go", () => {
    expect([...encodeValue({ a: undefined, b: 1 }, ANSWER)]).toEqual([0x81, ...text("b"), 1]);
    expect(encodeValue(200, ANSWER)).toEqual(bytes(0xcc, 200));
    expect(encodeValue(2 ** 32, ANSWER).length).toBe(9);
  });

  it.each([
    ["null", { a: null }, "unsupported_type"],
    ["NaN", { a: Number.NaN }, "unsupported_type"],
    ["2^53", { a: 2 ** 53 }, "out_of_range"],
    ["a date", { a: new Date(0) }, "wrong_type"],
    ["a bigint", { a: 1n }, "wrong_type"],
    ["a function", { a: () => 1 }, "wrong_type"],
    ["half a surrogate pair", { a: "\ud800" }, "malformed"],
    ["too many values", Array(16_384).fill(1), "too_many"],
    ["too many bytes", { a: new Uint8Array(1_048_576) }, "too_large"],
  ])("refuses %s", (_name, value, code) => {
    expect(codeOf(() => encodeValue(value, ANSWER))).toBe(code);
  });

  it("refuses a value that contains itself", () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(codeOf(() => encodeValue(loop, ANSWER))).toBe("too_deep");
  });
});

describe("UTF-8", () => {
  it("agrees with the platform, byte by byte", () => {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    const platform = (input: Uint8Array) => codeOfPlatform(() => decoder.decode(input));
    for (let first = 0xc0; first < 0x100; first += 1) {
      for (let second = 0; second < 0x100; second += 1) {
        for (const rest of [[], [0x80], [0x80, 0xbf], [0x41, 0x80]]) {
          const input = bytes(first, second, ...rest);
          expect(isUtf8(input, 0, input.length)).toBe(platform(input));
        }
      }
    }
  });

  it("encodes as the platform does", () => {
    for (const sample of ["", "plain", "ä", "日本語", "🦀", "a\ud800b"]) {
      expect([...utf8Bytes(sample)]).toEqual([...new TextEncoder().encode(sample)]);
    }
  });
});

function codeOfPlatform(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch {
    return false;
  }
}
