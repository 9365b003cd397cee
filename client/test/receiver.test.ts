// Output as it arrives: whatever a machine sends again or declares lost, each byte is seen once and in order.

import { describe, expect, it } from "vitest";
import { Receiver } from "../src/receiver.ts";
import { seeded } from "./fake/random.ts";

const content = (from: number, to: number) =>
  Uint8Array.from({ length: to - from }, (_, at) => (from + at) % 251);

describe("a receiver", () => {
  it("trims what it has, and says where the rest starts", () => {
    const receiver = new Receiver(10);
    expect(receiver.take(10, content(10, 14)).bytes).toHaveLength(4);
    const rest = receiver.take(12, content(12, 20));
    expect([rest.offset, ...rest.bytes]).toEqual([14, ...content(14, 20)]);
    expect(receiver.take(0, content(0, 5)).bytes).toHaveLength(0);
    expect(receiver.next).toBe(20);
  });

  it("does not copy", () => {
    const bytes = content(0, 8);
    const receiver = new Receiver(4);
    expect(receiver.take(0, bytes).bytes.buffer).toBe(bytes.buffer);
  });

  it("refuses a jump", () => {
    const receiver = new Receiver(10);
    expect(() => receiver.take(11, content(11, 12))).toThrow(expect.objectContaining({ code: "offset" }));
    expect(() => receiver.skip({ from: 11, to: 12 })).toThrow(expect.objectContaining({ code: "offset" }));
    expect(() => receiver.skip({ from: 9, to: 8 })).toThrow(expect.objectContaining({ code: "offset" }));
    expect(receiver.next).toBe(10);
  });

  it("refuses output beyond the end of all offsets", () => {
    const end = 2 ** 53;
    const receiver = new Receiver(end - 2);
    expect(receiver.take(end - 2, content(0, 1)).bytes).toHaveLength(1);
    expect(() => receiver.take(end - 1, content(0, 1))).toThrow(expect.objectContaining({ code: "offset" }));
  });

  it("goes on behind a gap, and ignores the part it has", () => {
    const receiver = new Receiver(10);
    expect(receiver.skip({ from: 4, to: 10 })).toBeUndefined();
    expect(receiver.skip({ from: 4, to: 20 })).toEqual({ from: 10, to: 20 });
    expect(receiver.next).toBe(20);
  });

  it("is exact whatever comes", () => {
    for (let seed = 0; seed < 200; seed += 1) exactWhateverComes(seeded(seed));
  });
});

function exactWhateverComes(chance: () => number): void {
  const pick = (most: number) => Math.floor(chance() * (most + 1));
  const receiver = new Receiver(0);
  const seen: number[] = [];
  const lost = new Set<number>();
  let sent = 0;
  for (let step = 0; step < 50; step += 1) {
    if (chance() < 0.15) {
      const missed = receiver.skip({ from: sent, to: sent + pick(30) });
      for (let at = missed?.from ?? 0; at < (missed?.to ?? 0); at += 1) lost.add(at);
      sent = receiver.next;
    }
    const from = Math.max(sent - pick(20), 0);
    const to = Math.max(from, sent + pick(20));
    const fresh = receiver.take(from, content(from, to));
    fresh.bytes.forEach((byte, at) => {
      expect(byte).toBe((fresh.offset + at) % 251);
      seen.push(fresh.offset + at);
    });
    sent = Math.max(sent, to);
  }
  const expected = Array.from({ length: sent }, (_, at) => at).filter((at) => !lost.has(at));
  expect(seen).toEqual(expected);
}
