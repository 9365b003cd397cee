// The decoders under bytes that nobody meant: every vector, broken in a random place, again and again. Nothing but a refusal
// by code may come of it, and what is accepted means the same when it is written again.
//
// The seed is fixed; HOMIE_FUZZ_ROUNDS makes the run longer.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isCode } from "../src/codes.ts";
import { decodeControl, encodeControl, type Reading } from "../src/control.ts";
import { WireError } from "../src/errors.ts";
import { decodeFrame, encodeFrame } from "../src/frame.ts";
import { seeded } from "./fake/random.ts";

const ROUNDS = Number(process.env["HOMIE_FUZZ_ROUNDS"] ?? 50_000);
/** A long run takes as long as it takes; a hang is the runner's to notice. */
const LIMIT = 4 * 3_600_000;
const VECTORS = new URL("../../spec/vectors/v1/", import.meta.url);
const READINGS: readonly Reading[] = ["greeting", "requests", "answers"];

const seeds = readdirSync(VECTORS)
  .filter((name) => name.endsWith(".bin"))
  .map((name) => new Uint8Array(readFileSync(new URL(name, VECTORS))))
  .filter((bytes) => bytes.length > 0 && bytes.length < 4_096);

/** One to four small wounds: a byte changed, taken, doubled or put in, the end cut off, or another seed grafted on. */
function broken(chance: () => number): Uint8Array {
  const pick = (below: number) => Math.floor(chance() * below);
  const bytes = [...(seeds[pick(seeds.length)] ?? [])];
  for (let wounds = pick(4) + 1; wounds > 0; wounds -= 1) {
    const at = pick(bytes.length + 1);
    const wound = pick(6);
    if (wound === 0) bytes[at] = pick(256);
    else if (wound === 1) bytes.splice(at, 1);
    else if (wound === 2) bytes.splice(at, 0, bytes[at] ?? 0);
    else if (wound === 3) bytes.splice(at, 0, pick(256));
    else if (wound === 4) bytes.length = at;
    else bytes.splice(at, pick(8), ...(seeds[pick(seeds.length)] ?? []).slice(0, 64));
  }
  return Uint8Array.from(bytes);
}

/** Undefined if the bytes are refused by a code of the table; anything else that is thrown fails the test. */
function unlessRefused<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (thrown) {
    if (thrown instanceof WireError && isCode(thrown.code)) return undefined;
    throw thrown;
  }
}

describe("broken bytes", () => {
  it("there are seeds", () => expect(seeds.length).toBeGreaterThan(200));

  it(
    "are refused as control, or mean the same when written again",
    () => {
      const chance = seeded(1);
      let accepted = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const bytes = broken(chance);
        for (const reading of READINGS) {
          const envelope = unlessRefused(() => decodeControl(bytes, reading));
          if (envelope === undefined) continue;
          accepted += 1;
          expect(decodeControl(encodeControl(envelope, reading), reading)).toEqual(envelope);
        }
      }
      expect(accepted).toBeGreaterThan(ROUNDS / 1_000);
    },
    LIMIT,
  );

  it(
    "are refused as a frame, or are the same frame when written again",
    () => {
      const chance = seeded(2);
      let accepted = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const bytes = broken(chance);
        const frame = unlessRefused(() => decodeFrame(bytes));
        if (frame === undefined) continue;
        accepted += 1;
        expect(encodeFrame(frame)).toEqual(bytes);
      }
      expect(accepted).toBeGreaterThan(ROUNDS / 1_000);
    },
    LIMIT,
  );
});
