// Several ways to one machine: which is tried when, and what goes on when one is gone.

import { describe, expect, it } from "vitest";
import { Kind } from "../src/frame.ts";
import type { AttachParams } from "../src/generated/types.ts";
import type { Way } from "../src/route.ts";
import { keyId } from "../src/webcrypto.ts";
import { type FakeMachine, fakeVerifier } from "./fake/machine.ts";
import { BIRTH, bytes, SESSION, SIZE } from "./fake/scene.ts";
import { roaming } from "./fake/story.ts";
import { NotingViewer } from "./fake/viewer.ts";

const NODE = await keyId(fakeVerifier, new Uint8Array(32).fill(3));
const STRAIGHT = { url: `wss://laptop.example/m/${NODE}` };
const RELAYED = { url: `wss://desk.example/m/${NODE}`, through: "desk" };
const FARTHER = { url: `wss://attic.example/m/${NODE}`, through: "attic" };
const asNode = (machine: FakeMachine) => Object.assign(machine, { service: "node" });

async function going(...ways: Way[]) {
  const story = await roaming(() => ways, asNode);
  return { ...story, dialled: () => story.machine.ends.map(({ url }) => url) };
}

describe("several ways to one machine", () => {
  it("are tried one after another without a wait, and the state says which it is", async () => {
    const { end, clock, circuit, dialled } = await going(STRAIGHT, RELAYED);
    await end().cut();
    await clock.advance(0);
    expect(dialled()).toEqual([STRAIGHT.url, RELAYED.url]);
    await end().greet();
    expect(circuit.connection.getSnapshot()).toMatchObject({ phase: "ready", way: RELAYED });
  });

  it("give each other little time, and the last as much as it needs", async () => {
    const { end, clock, dialled, phase } = await going(STRAIGHT, RELAYED);
    await clock.advance(2_500);
    expect(dialled()).toEqual([STRAIGHT.url, RELAYED.url]);
    await clock.advance(9_999);
    await end().greet();
    expect(phase()).toBe("ready");
  });

  it("are tried anew after a wait when all have failed", async () => {
    const { end, clock, dialled, phase } = await going(STRAIGHT, RELAYED);
    await end().cut();
    await clock.advance(0);
    await end().cut();
    expect([dialled().length, phase()]).toEqual([2, "waiting"]);
    await clock.advance(400);
    expect(dialled()).toEqual([STRAIGHT.url, RELAYED.url, STRAIGHT.url]);
  });

  it("begin with the best again after a loss, but not with one that went silent", async () => {
    const { end, clock, dialled } = await going(STRAIGHT, RELAYED);
    await end().greet();
    await end().cut();
    await clock.advance(400);
    expect(dialled()).toEqual([STRAIGHT.url, STRAIGHT.url]);
    await end().greet();
    await clock.advance(45_400);
    expect(dialled().slice(2)).toEqual([RELAYED.url]);
  });

  it("are looked up whenever a round begins", async () => {
    const ways: Way[] = [STRAIGHT];
    const { machine, end, clock } = await roaming(() => ways, asNode);
    ways.unshift(RELAYED);
    await end().cut();
    await clock.advance(400);
    expect(machine.ends.map(({ url }) => url)).toEqual([STRAIGHT.url, RELAYED.url]);
  });

  it("may be none for a while", async () => {
    const ways: Way[] = [];
    const { machine, clock, circuit } = await roaming(() => ways, asNode);
    expect(circuit.connection.getSnapshot()).toMatchObject({
      phase: "waiting",
      why: { message: "no way to the machine is known" },
    });
    ways.push(STRAIGHT);
    await clock.advance(400);
    expect(machine.ends).toHaveLength(1);
    circuit.close();
  });
});

describe("a way on which somebody says no", () => {
  it("is tried no more, and another may say yes", async () => {
    const { end, clock, dialled } = await going(STRAIGHT, RELAYED);
    await end().cut(4203);
    await clock.advance(0);
    await end().greet();
    await end().cut();
    await clock.advance(400);
    expect(dialled()).toEqual([STRAIGHT.url, RELAYED.url, RELAYED.url]);
  });

  it("is tried again once the page or the network has come back", async () => {
    const { end, clock, circuit, dialled } = await going(STRAIGHT, RELAYED);
    await end().cut(4203);
    await clock.advance(0);
    await end().greet();
    circuit.wake();
    await end().cut();
    await clock.advance(400);
    expect(dialled()).toEqual([STRAIGHT.url, RELAYED.url, STRAIGHT.url]);
  });

  it("leaves a machine of another key aside", async () => {
    const { end, clock, machine, dialled, phase } = await going(STRAIGHT, RELAYED);
    machine.key = new Uint8Array(32).fill(4);
    await end().open();
    end().welcome(end().takeGreeting("hello"));
    await clock.advance(0);
    machine.key = new Uint8Array(32).fill(3);
    await clock.advance(0);
    expect(dialled()).toEqual([STRAIGHT.url, RELAYED.url]);
    await end().greet();
    expect(phase()).toBe("ready");
  });

  it("ends the circuit when it was the last, or when this device is not known", async () => {
    const refused = await going(STRAIGHT, RELAYED);
    await refused.end().cut(4203);
    await refused.clock.advance(0);
    await refused.end().cut(4203);
    expect([refused.phase(), refused.why()]).toEqual(["closed", "origin"]);

    const unknown = await going(STRAIGHT, RELAYED);
    await unknown.end().open();
    unknown.end().say({ t: "bye", code: "device_unknown", message: "revoked" });
    await unknown.clock.advance(0);
    expect([unknown.phase(), unknown.dialled().length]).toEqual(["closed", 1]);
  });
});

describe("what is open when a way is gone", () => {
  it("goes on over the next, at the place where it was, with everything that was typed", async () => {
    const { end, clock, circuit, dialled } = await going(RELAYED, FARTHER);
    const viewer = new NotingViewer();
    await end().greet();
    const attachment = circuit.attach({ session: SESSION, mode: "interactive", visible: true }, viewer);
    const opened = (from: number) => {
      const request = end().takeRequest();
      const input = { applied: 0, contested: false };
      const ok = { incarnation: BIRTH, from, size: SIZE, input, snapshot: false, drives: true };
      end().answer(request, ok);
      return request.params as AttachParams;
    };
    const first = opened(0);
    end().send({ kind: Kind.output, channel: 1, offset: 0, payload: bytes("$ ") });
    attachment.write(bytes("make\r"));
    expect(new TextDecoder().decode(end().take(Kind.input).payload)).toBe("make\r");

    await end().cut();
    attachment.write(bytes("more"));
    await clock.advance(400);
    await end().cut();
    await clock.advance(0);
    expect(dialled()).toEqual([RELAYED.url, RELAYED.url, FARTHER.url]);
    await end().greet();
    const again = opened(2);
    expect(again).toMatchObject({ session: SESSION, incarnation: BIRTH, from: 2 });
    expect(again.writer?.id).toBe(first.writer?.id);
    const typed = new TextDecoder().decode(end().take(Kind.input).payload);
    expect([typed, viewer.unsent]).toEqual(["make\rmore", []]);
  });
});
