// Input until it is applied: each byte once and in order, over any number of lost links, and nothing old unasked.

import { describe, expect, it } from "vitest";
import { INPUT_WINDOW } from "../src/generated/limits.ts";
import { Outbox } from "../src/outbox.ts";
import { seeded } from "./fake/random.ts";

const text = (bytes: Uint8Array | undefined) =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);

function flight(outbox: Outbox): { offset: number; text: string }[] {
  const frames = [];
  for (let next = outbox.next(); next !== undefined; next = outbox.next()) {
    frames.push({ offset: next.offset, text: text(next.bytes) ?? "" });
  }
  return frames;
}

describe("an outbox", () => {
  it("sends each write once, where it belongs", () => {
    const outbox = new Outbox("w");
    outbox.write(bytes("ls"), 0);
    expect(flight(outbox)).toEqual([{ offset: 0, text: "ls" }]);
    outbox.write(bytes(" -l"), 0);
    expect(flight(outbox)).toEqual([{ offset: 2, text: " -l" }]);
    expect(flight(outbox)).toEqual([]);
    expect([outbox.sent, outbox.waiting]).toEqual([5, 5]);
    outbox.acknowledge(5);
    expect([outbox.sent, outbox.waiting, outbox.waitingSince]).toEqual([5, 0, undefined]);
  });

  it("does not copy a single write", () => {
    const outbox = new Outbox("w");
    const typed = bytes("x");
    outbox.write(typed, 0);
    expect(outbox.next()?.bytes.buffer).toBe(typed.buffer);
  });

  it("keeps a window of 64 KiB in flight", () => {
    const outbox = new Outbox("w");
    outbox.write(new Uint8Array(INPUT_WINDOW + 10), 0);
    const flying = () => flight(outbox).reduce((sum, frame) => sum + frame.text.length, 0);
    expect(flying()).toBe(INPUT_WINDOW);
    outbox.acknowledge(4);
    expect(flying()).toBe(4);
    outbox.acknowledge(100);
    expect(flying()).toBe(6);
  });

  it("takes all or nothing", () => {
    const outbox = new Outbox("w");
    expect(outbox.write(new Uint8Array(1_048_576), 0)).toBe(true);
    expect(outbox.write(bytes("x"), 0)).toBe(false);
    expect(outbox.waiting).toBe(1_048_576);
  });

  it("refuses an ack beyond what was sent, and ignores one that goes back", () => {
    const outbox = new Outbox("w");
    outbox.write(bytes("abc"), 0);
    expect(() => outbox.acknowledge(1)).toThrow(expect.objectContaining({ code: "offset" }));
    flight(outbox);
    outbox.acknowledge(2);
    outbox.acknowledge(1);
    expect(outbox.waiting).toBe(1);
  });

  it("sends again what was not applied, if it is young and nobody else typed", () => {
    const outbox = new Outbox("w");
    outbox.write(bytes("abc"), 0);
    flight(outbox);
    outbox.write(bytes("de"), 1_000);
    expect(outbox.resume({ applied: 2, contested: false }, 30_000)).toBeUndefined();
    expect(flight(outbox)).toEqual([{ offset: 2, text: "cde" }]);
  });

  it.each([
    ["old", { applied: 1, contested: false }, 30_001],
    ["contested", { applied: 1, contested: true }, 1],
  ])("hands back what is %s, and goes on at what was applied", (_why, state, now) => {
    const outbox = new Outbox("w");
    outbox.write(bytes("abc"), 0);
    flight(outbox);
    expect(text(outbox.resume(state, now))).toBe("bc");
    expect(outbox.sent).toBe(1);
    outbox.write(bytes("z"), now);
    expect(flight(outbox)).toEqual([{ offset: 1, text: "z" }]);
  });

  it("never says that it has sent less than it ever did", () => {
    const outbox = new Outbox("w");
    outbox.write(new Uint8Array(40_000), 0);
    flight(outbox);
    outbox.resume({ applied: 0, contested: false }, 0);
    outbox.next();
    expect(outbox.sent).toBe(40_000);
  });

  it("asks nothing when all was applied", () => {
    const outbox = new Outbox("w");
    outbox.write(bytes("abc"), 0);
    flight(outbox);
    expect(outbox.resume({ applied: 3, contested: true }, 99_000)).toBeUndefined();
  });

  it("refuses a resume that cannot be", () => {
    const outbox = new Outbox("w");
    outbox.write(bytes("abc"), 0);
    flight(outbox);
    outbox.acknowledge(2);
    for (const applied of [1, 4]) {
      const resume = () => outbox.resume({ applied, contested: false }, 0);
      expect(resume).toThrow(expect.objectContaining({ code: "offset" }));
    }
  });

  it("begins at 0 as another writer when it was forgotten", () => {
    const outbox = new Outbox("w");
    outbox.write(bytes("abc"), 0);
    flight(outbox);
    outbox.acknowledge(1);
    expect(text(outbox.begin("v"))).toBe("bc");
    outbox.write(bytes("d"), 0);
    expect([outbox.writer, outbox.sent]).toEqual(["v", 0]);
    expect(flight(outbox)).toEqual([{ offset: 0, text: "d" }]);
    expect(outbox.sent).toBe(1);
  });

  it("is exact whatever happens to its links", () => {
    for (let seed = 0; seed < 200; seed += 1) exactWhateverHappens(seeded(seed));
  });
});

/** A terminal that applies only the next byte, behind a link that breaks anywhere. */
function exactWhateverHappens(chance: () => number): void {
  const pick = (most: number) => Math.floor(chance() * (most + 1));
  const outbox = new Outbox("w");
  let typed = "";
  let terminal = "";
  let flying: { offset: number; text: string }[] = [];
  for (let step = 0; step < 120; step += 1) {
    const act = pick(4);
    if (act <= 1) {
      const word = String.fromCharCode(97 + pick(25)).repeat(1 + pick(3));
      typed += word;
      outbox.write(bytes(word), 0);
    }
    if (act === 2) flying.push(...flight(outbox));
    if (act === 3) {
      const frame = flying.shift();
      expect(frame === undefined || frame.offset <= terminal.length).toBe(true);
      if (frame !== undefined) terminal += frame.text.slice(terminal.length - frame.offset);
      outbox.acknowledge(frame === undefined ? 0 : terminal.length);
    }
    if (act === 4 && chance() < 0.3) {
      flying = [];
      expect(outbox.resume({ applied: terminal.length, contested: false }, 0)).toBeUndefined();
    }
    expect(typed.startsWith(terminal)).toBe(true);
  }
  for (const frame of [...flying, ...flight(outbox)])
    terminal += frame.text.slice(terminal.length - frame.offset);
  expect(terminal).toBe(typed);
}
