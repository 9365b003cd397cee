// Questions are taken out of the output wherever it is cut, and nothing else is: the vectors that the command line's
// parser is tested with too, and what no vector can say.

import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { Sift } from "../src/sift.ts";

type Piece = string | [text: string, times: number];

interface Vector {
  readonly name: string;
  readonly output: readonly Piece[];
  readonly passed: readonly Piece[];
}

const vectors: Vector[] = JSON.parse(
  readFileSync(new URL("../../spec/queries.json", import.meta.url), "utf8"),
);

const textOf = (pieces: readonly Piece[]) =>
  pieces.map((piece) => (typeof piece === "string" ? piece : piece[0].repeat(piece[1]))).join("");
const bytes = (text: string) => new TextEncoder().encode(text);

function passed(...outputs: Uint8Array[]): string {
  const sift = new Sift();
  return Buffer.concat(outputs.map((output) => sift.pass(output))).toString("latin1");
}

const latin = (text: string) => Buffer.from(bytes(text)).toString("latin1");

describe("output", () => {
  it("has vectors", () => expect(vectors.length).toBeGreaterThan(50));

  it.each(vectors.map((vector, at) => ({ ...vector, at })))("$at: $name", (vector) => {
    const output = bytes(textOf(vector.output));
    const expected = latin(textOf(vector.passed));
    expect(passed(output)).toBe(expected);
    expect(passed(...Array.from(output, (byte) => Uint8Array.of(byte)))).toBe(expected);
  });

  it("without anything special is not copied", () => {
    const output = bytes("plain 漢\r\n");
    expect(new Sift().pass(output)).toBe(output);
  });

  it("passes the same however it is cut, and what has passed passes again", () => {
    const special = [0x1b, 0x1b, ...bytes("[]P?>;$+qncuhlt052\\\x07\x05\x18x"), 0xc2, 0xc2, 0x9b, 0x9c, 0x90];
    let seed = 7;
    const chance = (below: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
      return seed % below;
    };
    for (let round = 0; round < 5_000; round += 1) {
      const output = Uint8Array.from({ length: chance(60) }, () => special[chance(special.length)] ?? 0);
      const cut = chance(output.length + 1);
      const whole = passed(output);
      expect(passed(output.subarray(0, cut), output.subarray(cut))).toBe(whole);
      expect(passed(Buffer.from(whole, "latin1"))).toBe(whole);
    }
  });
});

test("what is missing does not swallow what follows", () => {
  const sift = new Sift();
  const pass = (text: string) => Buffer.from(sift.pass(bytes(text))).toString("latin1");
  expect(pass("a\x1b]0;tit")).toBe("a");
  expect(sift.forget()).toHaveLength(0);
  expect(pass("next")).toBe("next");
  pass(`\x1bPq${"~".repeat(10_000)}`);
  expect([...sift.forget()]).toEqual([0x18]);
  expect(pass("next")).toBe("next");
});
