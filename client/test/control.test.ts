// Envelopes: what is let in, and the code of each refusal.

import { describe, expect, it } from "vitest";
import { encodeValue } from "../src/codec/encode.ts";
import { decodeControl, type Envelope, encodeControl, type Reading } from "../src/control.ts";
import { WireError } from "../src/errors.ts";
import { ANSWER } from "../src/generated/limits.ts";
import { told } from "../src/protocol.ts";

const ID = "a".repeat(26);
const WELCOME = {
  t: "welcome",
  version: 1,
  versions: { min: 1, max: 1 },
  service: "node",
  key: new Uint8Array(32),
  alg: "ed25519",
  nonce: new Uint8Array(32),
  name: "desk",
  sig: new Uint8Array(64),
};

function refusal(value: unknown, reading: Reading): string {
  try {
    decodeControl(encodeValue(value, ANSWER), reading);
  } catch (thrown) {
    if (thrown instanceof WireError) return `${thrown.code} ${thrown.field ?? ""}`.trim();
    throw thrown;
  }
  return "accepted";
}

describe("an envelope", () => {
  it.each<[Envelope, Reading]>([
    [WELCOME as Envelope, "greeting"],
    [{ t: "ready", role: "none", circuit: ID }, "greeting"],
    [{ t: "bye", code: "going_away", message: "back soon" }, "answers"],
    [{ t: "request", id: 1, method: "m", params: {}, key: ID }, "requests"],
    [{ t: "response", id: 1, ok: {} }, "answers"],
    [{ t: "response", id: 1, error: { code: "busy", message: "later" } }, "answers"],
    [{ t: "event", topic: "x", seq: 1, data: {} }, "answers"],
  ])("comes back as it went: %#", (envelope, reading) => {
    expect(decodeControl(encodeControl(envelope, reading), reading)).toEqual(envelope);
  });

  it.each([
    ["an array", [1], "answers", "positional"],
    ["a number", 1, "answers", "wrong_type"],
    ["no tag", {}, "answers", "missing_field t"],
    ["a tag that is no text", { t: 1 }, "answers", "wrong_type t"],
    ["an unknown tag", { t: "shout" }, "answers", "unknown_variant t"],
    ["one that has no place now", { t: "response", id: 1, ok: 1 }, "greeting", "unknown_variant t"],
    ["an unknown field", { ...WELCOME, colour: "red" }, "greeting", "unknown_field colour"],
    [
      "an unknown inner field",
      { ...WELCOME, versions: { min: 1, max: 1, mid: 1 } },
      "greeting",
      "unknown_field versions.mid",
    ],
    ["an inner array", { ...WELCOME, versions: [1, 1] }, "greeting", "positional versions"],
    ["a missing inner field", { ...WELCOME, versions: { min: 1 } }, "greeting", "missing_field versions.max"],
    ["a short key", { ...WELCOME, key: new Uint8Array(31) }, "greeting", "out_of_range key"],
    ["a wide number", { ...WELCOME, version: 65_536 }, "greeting", "out_of_range version"],
    ["a fraction", { ...WELCOME, version: 1.5 }, "greeting", "wrong_type version"],
    ["an unknown choice", { ...WELCOME, service: "oven" }, "greeting", "unknown_variant service"],
    [
      "an id of the wrong form",
      { t: "ready", role: "none", circuit: "x" },
      "greeting",
      "out_of_range circuit",
    ],
    [
      "two outcomes",
      { t: "response", id: 1, ok: 1, error: { code: "busy", message: "" } },
      "answers",
      "unknown_field ok",
    ],
    ["no outcome", { t: "response", id: 1 }, "answers", "missing_field ok"],
    ["an unknown code", { t: "bye", code: "tired", message: "" }, "answers", "unknown_variant code"],
  ] as const)("is refused: %s", (_what, value, reading, expected) => {
    expect(refusal(value, reading)).toBe(expected);
  });
});

describe("an event", () => {
  it("is told when topic and data are known", () => {
    const data = { from: 1, to: 2 };
    expect(told({ t: "event", topic: "terminal.session.gap", seq: 1, data })).toEqual({
      topic: "terminal.session.gap",
      data,
    });
  });

  it.each([
    ["party", {}, "unknown_variant"],
    ["toString", {}, "unknown_variant"],
    ["terminal.session.gap", { from: 1 }, "missing_field"],
    ["terminal.session.resized", { size: { cols: 0, rows: 1 } }, "out_of_range"],
  ])("is refused: %s %#", (topic, data, code) => {
    expect(() => told({ t: "event", topic, seq: 1, data })).toThrow(expect.objectContaining({ code }));
  });
});
