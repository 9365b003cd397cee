// Machines in words, and which session of which machine a tab has kept.

import type { ConnectionState, MachineInfo } from "@homie/client";
import { describe, expect, it } from "vitest";
import { keptOf } from "../src/app/useSelection.ts";
import { agoOf, beyondOf, stateOf, systemOf, wayOf } from "../src/machines/words.ts";

const NOW = Date.UTC(2026, 10, 27, 12);
const MINUTE = 60_000;
const ID = "a".repeat(26);

function machine(change: Partial<MachineInfo>): MachineInfo {
  return { id: ID, name: "desk", is_own: false, state: "up", origins: [], tags: [], unlisted: 0, ...change };
}

describe("how long ago a machine was there", () => {
  it.each([
    [0, "just now"],
    [5 * MINUTE, "5 min ago"],
    [3 * 60 * MINUTE, "3 h ago"],
    [30 * 60 * MINUTE, "yesterday"],
    [72 * 60 * MINUTE, "on 24 Nov 2026"],
    [-MINUTE, "just now"],
  ])("%d ms: %s", (ago, words) => expect(agoOf(NOW - ago, NOW)).toBe(words));
});

describe("how a machine is", () => {
  it("is not said of one that is there", () => expect(stateOf(machine({}), NOW)).toBeUndefined());
  it("says since when one is away, if that is known", () => {
    expect(stateOf(machine({ state: "away", seen_at: NOW - 5 * MINUTE }), NOW)).toBe("away, seen 5 min ago");
    expect(stateOf(machine({ state: "away" }), NOW)).toBe("away");
  });
  it("says that one is called", () => expect(stateOf(machine({ state: "calling" }), NOW)).toBe("calling…"));
});

describe("the way over which a machine is open", () => {
  const ready = (through?: string) =>
    ({ phase: "ready", way: { url: "wss://desk/m/x", through } }) as ConnectionState;
  const nameOf = (id: string) => (id === ID ? "attic" : id);
  it("is direct, or leads through another", () => {
    expect(wayOf(ready(), nameOf)).toBe("direct");
    expect(wayOf(ready(ID), nameOf)).toBe("through attic");
  });
  it("is none while it is not open", () => {
    expect(wayOf({ phase: "connecting" }, nameOf)).toBeUndefined();
    expect(wayOf(undefined, nameOf)).toBeUndefined();
  });
});

describe("a machine that is there and does not open", () => {
  const waiting = { phase: "waiting", why: { code: "unreachable", message: "no" } } as ConnectionState;
  const gw = machine({ name: "gw", origins: ["https://gw.tail.test:4663"] });
  const shed = machine({ through: "gw.tail.test:4663" });
  it("is behind another one, whose page gets to it", () => {
    const page = "https://gw.tail.test:4663";
    expect(beyondOf(shed, waiting, [shed, gw])).toEqual({ through: "gw", page });
    const unknown = machine({ through: "10.9.0.1:4664" });
    expect(beyondOf(unknown, waiting, [gw])).toEqual({ through: "10.9.0.1:4664", page: undefined });
  });
  it("is something else where it opens, is away, or is reached straight", () => {
    expect(beyondOf(shed, { phase: "connecting" }, [gw])).toBeUndefined();
    expect(beyondOf(shed, undefined, [gw])).toBeUndefined();
    expect(beyondOf({ ...shed, state: "away" }, waiting, [gw])).toBeUndefined();
    expect(beyondOf(gw, waiting, [gw])).toBeUndefined();
  });
});

describe("what a machine runs on", () => {
  const presence = (version: string) => ({
    host: "desk.example",
    platform: { os: "linux", version, arch: "x86_64" },
    homie: "0.1.0",
    addresses: [],
    tags: [],
    services: {},
  });
  it("is one line of what is known", () => {
    expect(systemOf(machine({ presence: presence("6.1") }))).toBe("linux 6.1 x86_64");
    expect(systemOf(machine({ presence: presence("") }))).toBe("linux x86_64");
    expect(systemOf(machine({}))).toBeUndefined();
  });
});

describe("what a tab has kept", () => {
  it("is a machine, and perhaps a session of it", () => {
    for (const chosen of [{ machine: ID, session: ID }, { machine: ID }])
      expect(keptOf(JSON.stringify(chosen))).toEqual(chosen);
  });
  it.each([null, "", ID, "{}", `{"machine":"${ID}","session":7}`, '{"machine":"short"}'])(
    "is nothing where it is %j",
    (kept) => expect(keptOf(kept)).toBeUndefined(),
  );
});
