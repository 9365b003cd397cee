// Greeting, reconnecting, liveness: how a circuit comes up, stays up, and gives up.

import { describe, expect, it } from "vitest";
import { connect } from "../src/circuit.ts";
import { Kind } from "../src/frame.ts";
import { forgetMachine } from "../src/pins.ts";
import { keyId } from "../src/webcrypto.ts";
import { settled } from "./fake/clock.ts";
import { fakeVerifier } from "./fake/machine.ts";
import { dialled, GATEWAY, greeted } from "./fake/story.ts";

const NOTHING = new Uint8Array(0);

describe("the greeting", () => {
  it("leads from connecting over greeting to ready", async () => {
    const { phase, end, circuit } = await dialled();
    expect(phase()).toBe("connecting");
    await end().open();
    expect(phase()).toBe("greeting");
    const transcript = end().welcome(end().takeGreeting("hello"));
    await settled();
    expect(transcript.host).toBe("desk:4663");
    end().takeGreeting("prove");
    end().say({ t: "ready", role: "viewer", circuit: "a".repeat(26) });
    await settled();
    const state = circuit.connection.getSnapshot();
    expect(state).toMatchObject({
      phase: "ready",
      peer: { role: "viewer", name: "desk", service: "gateway" },
    });
  });

  it("stops at a signature that is not the key's, before anything of ours is proved", async () => {
    const { phase, why, end } = await dialled();
    await end().open();
    end().welcome(end().takeGreeting("hello"), { sig: new Uint8Array(64) });
    await settled();
    expect([phase(), why()]).toEqual(["closed", "unproven"]);
    expect(end().has(Kind.control)).toBe(false);
    expect(end().closed).toHaveLength(1);
  });

  it("stops at a version that does not follow from the ranges", async () => {
    const { why, end } = await dialled();
    await end().open();
    end().welcome(end().takeGreeting("hello"), { version: 2 });
    await settled();
    expect(why()).toBe("version");
    expect(end().takeGreeting("bye").code).toBe("version");
  });

  it("stops when another service answers than the address names", async () => {
    const { why, end } = await dialled(GATEWAY, (machine) => {
      machine.service = "node";
    });
    await end().open();
    end().welcome(end().takeGreeting("hello"));
    await settled();
    expect(why()).toBe("unproven");
  });

  it("takes the machine's no for an answer", async () => {
    const { phase, why, end, clock } = await dialled();
    await end().open();
    end().say({ t: "bye", code: "unauthenticated", message: "who are you?" });
    await settled();
    await clock.advance(60_000);
    expect([phase(), why()]).toEqual(["closed", "unauthenticated"]);
    expect(clock.timers).toBe(0);
  });

  it("must end in time", async () => {
    const { phase, why, end, clock } = await dialled();
    await end().open();
    await clock.advance(5_000);
    expect([phase(), why()]).toEqual(["waiting", "timeout"]);
    expect(end().closed).toEqual([{ code: 4300, reason: "" }]);
  });

  it("is refused out of turn", async () => {
    const { why, end } = await dialled();
    await end().open();
    end().say({ t: "ready", role: "owner", circuit: "a".repeat(26) });
    await settled();
    expect(why()).toBe("unexpected_frame");
  });
});

describe("a machine's key", () => {
  it("is remembered, and another one later is refused for good", async () => {
    const first = await greeted();
    const { machine, platform, caller, clock } = first;
    first.circuit.close();
    machine.key = new Uint8Array(32).fill(4);
    const second = connect({ platform, url: GATEWAY, caller });
    await machine.end.open();
    machine.end.welcome(machine.end.takeGreeting("hello"));
    await settled();
    expect(second.connection.getSnapshot()).toMatchObject({ phase: "closed", why: { code: "key_changed" } });
    await clock.advance(60_000);
    await forgetMachine(platform.storage, "desk:4663");
    const third = connect({ platform, url: GATEWAY, caller });
    await machine.end.greet();
    expect(third.connection.getSnapshot().phase).toBe("ready");
  });

  it("is not remembered when the machine did not let us in", async () => {
    const { machine, end } = await dialled();
    await end().open();
    end().welcome(end().takeGreeting("hello"));
    await settled();
    end().say({ t: "bye", code: "forbidden", message: "no" });
    await settled();
    expect(machine.stored.size).toBe(0);
  });

  it("is what a node's address promises", async () => {
    const key = new Uint8Array(32).fill(3);
    const node = await keyId(fakeVerifier, key);
    const asNode = { service: "node" } as const;
    const honest = await dialled(`ws://desk:4663/m/${node}`, (machine) => Object.assign(machine, asNode));
    await honest.end().greet();
    expect(honest.phase()).toBe("ready");
    const other = await dialled(`ws://desk:4663/m/${"b".repeat(25)}a`, (machine) =>
      Object.assign(machine, asNode),
    );
    await other.end().open();
    other.end().welcome(other.end().takeGreeting("hello"));
    await settled();
    expect(other.why()).toBe("key_changed");
  });
});

describe("an address", () => {
  it.each(["http://desk/ws", "desk", "ws://", "ws://desk/ws?x=1"])("is refused: %s", async (url) => {
    const { platform, caller } = await greeted();
    expect(() => connect({ platform, url, caller })).toThrow(expect.objectContaining({ field: "url" }));
  });

  it("gives the host as the browser sends it", async () => {
    const { end } = await dialled("wss://Desk.Example:443/ws");
    await end().open();
    expect(end().takeGreeting("hello").host).toBe("desk.example");
  });
});

describe("reconnecting", () => {
  it("waits, says until when and why, and comes back", async () => {
    const { phase, why, end, clock, circuit, machine } = await greeted();
    await end().cut();
    expect([phase(), why()]).toEqual(["waiting", "lost"]);
    const state = circuit.connection.getSnapshot();
    const wait = state.phase === "waiting" ? state.until - clock.now() : 0;
    expect(wait).toBeGreaterThanOrEqual(175);
    expect(wait).toBeLessThanOrEqual(325);
    await clock.advance(wait);
    expect(machine.ends).toHaveLength(2);
    await end().greet();
    expect(phase()).toBe("ready");
  });

  it("goes on for as long as it takes, at most every 13 s", async () => {
    const { clock, machine, end, phase } = await dialled();
    for (let attempt = 0; attempt < 20; attempt += 1) {
      await end().cut();
      await clock.advance(13_000);
    }
    expect(machine.ends.length).toBeGreaterThan(20);
    await end().greet();
    expect(phase()).toBe("ready");
  });

  it("gives a socket 10 s to open", async () => {
    const { clock, why } = await dialled();
    await clock.advance(10_000);
    expect(why()).toBe("timeout");
  });

  it("dials at once when the network is back", async () => {
    const { circuit, machine, end } = await greeted();
    await end().cut();
    circuit.wake();
    expect(machine.ends).toHaveLength(2);
  });

  it("waits shortly again after a link that lasted, and after the network came back", async () => {
    const story = await dialled();
    const { end, clock, circuit } = story;
    const wait = async () => {
      await end().cut();
      const state = circuit.connection.getSnapshot();
      return state.phase === "waiting" ? state.until - clock.now() : 0;
    };
    const fail = async () => {
      for (let attempt = 0; attempt < 8; attempt += 1) await clock.advance(await wait());
    };
    await fail();
    expect(await wait()).toBeGreaterThan(5_000);
    await clock.advance(13_000);
    await end().greet();
    await clock.advance(10_000);
    expect(await wait()).toBeLessThan(400);
    await clock.advance(400);
    await fail();
    await wait();
    circuit.wake();
    expect(await wait()).toBeLessThan(400);
  });

  it("says nothing but the greeting while it greets, whatever wakes it", async () => {
    const { circuit, clock, end, phase } = await dialled();
    await end().open();
    circuit.wake();
    await clock.sleep(3_600);
    circuit.wake();
    end().takeGreeting("hello");
    expect(end().has(Kind.ping)).toBe(false);
    expect(phase()).toBe("greeting");
  });

  it("is not ready on a link that ended while it greeted", async () => {
    const { end, phase } = await dialled();
    await end().open();
    end().welcome(end().takeGreeting("hello"));
    await settled();
    end().say({ t: "ready", role: "viewer", circuit: "a".repeat(26) });
    await end().cut();
    expect(phase()).toBe("waiting");
  });

  it("survives a platform that cannot open sockets", async () => {
    const { platform, caller } = await greeted();
    const openSocket = () => {
      throw new Error("no network");
    };
    const circuit = connect({ platform: { ...platform, openSocket }, url: GATEWAY, caller });
    expect(circuit.connection.getSnapshot()).toMatchObject({
      phase: "waiting",
      why: { message: "no network" },
    });
    circuit.close();
  });

  it("knows the reason from the close code when there was no farewell", async () => {
    const { why, end } = await greeted();
    await end().cut(4303);
    expect(why()).toBe("going_away");
  });

  it("ends when closed here, and leaves no timer behind", async () => {
    const { circuit, phase, end, clock, machine } = await greeted();
    circuit.close();
    circuit.close();
    expect(phase()).toBe("closed");
    expect(end().closed).toEqual([{ code: 1000, reason: "" }]);
    await clock.advance(60_000);
    expect([machine.ends.length, clock.timers]).toEqual([1, 0]);
  });

  it("ends when closed while waiting", async () => {
    const { circuit, phase, end, clock } = await greeted();
    await end().cut();
    circuit.close();
    expect([phase(), clock.timers]).toEqual(["closed", 0]);
  });
});

describe("liveness", () => {
  it("pings a silent machine and gives it up after 45 s", async () => {
    const { clock, end, phase, why } = await greeted();
    await clock.advance(15_000);
    end().take(Kind.ping);
    await clock.advance(29_999);
    expect(phase()).toBe("ready");
    await clock.advance(1);
    expect([phase(), why()]).toEqual(["waiting", "silent"]);
  });

  it("keeps a machine that answers", async () => {
    const { clock, end, phase } = await greeted();
    for (let round = 0; round < 10; round += 1) {
      await clock.advance(15_000);
      end().send({ kind: Kind.pong, payload: end().take(Kind.ping).payload });
    }
    expect(phase()).toBe("ready");
  });

  it("answers pings with what they carry", async () => {
    const { end } = await greeted();
    end().send({ kind: Kind.ping, payload: Uint8Array.of(1, 2, 3) });
    expect([...end().take(Kind.pong).payload]).toEqual([1, 2, 3]);
  });

  it("gives 2 s to a socket that may have died in the background", async () => {
    const { circuit, clock, end, phase, why } = await greeted();
    circuit.wake();
    end().take(Kind.ping);
    await clock.advance(1_999);
    expect(phase()).toBe("ready");
    await clock.advance(1);
    expect([phase(), why()]).toEqual(["waiting", "silent"]);
  });

  it("does not take its own sleep for the machine's silence", async () => {
    const { clock, end, phase } = await greeted();
    await clock.sleep(3_600_000);
    end().take(Kind.ping);
    expect(phase()).toBe("ready");
    end().send({ kind: Kind.pong });
    await clock.advance(2_000);
    expect(phase()).toBe("ready");
  });
});

describe("a machine that breaks the rules", () => {
  it.each([
    ["a text message", "hello", "unexpected_frame"],
    ["a short frame", new Uint8Array(3), "frame_short"],
    [
      "a snapshot on a channel never opened",
      Uint8Array.of(4, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0),
      "channel",
    ],
    ["a chunk", Uint8Array.of(6, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0), "unexpected_frame"],
    ["input", Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1), "unexpected_frame"],
    [
      "output on a channel never opened",
      Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1),
      "channel",
    ],
    [
      "control that is none",
      Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xc1),
      "malformed",
    ],
  ])("is told so and left: %s", async (_what, message, code) => {
    const { end, why, phase } = await greeted();
    end().sendRaw(message);
    expect([phase(), why()]).toEqual(["waiting", code]);
    expect(end().takeGreeting("bye").code).toBe(code);
  });

  it("has no long words in what it is told", async () => {
    const { end, why } = await greeted();
    end().say({ t: "event", topic: "x".repeat(100_000), seq: 1, data: {} });
    expect(why()).toBe("unknown_variant");
    expect(end().takeGreeting("bye").message.length).toBeLessThanOrEqual(200);
  });

  it("is left when it asks us, or tells an unknown topic", async () => {
    for (const envelope of [
      { t: "request", id: 1, method: "x", params: {} },
      { t: "event", topic: "party", seq: 1, data: {} },
    ] as const) {
      const { end, why } = await greeted();
      end().say(envelope);
      expect(why()).toBe("unknown_variant");
    }
  });

  it("is not heard any more once it has said farewell", async () => {
    const { end, why } = await greeted();
    end().say({ t: "bye", code: "going_away", message: "restarting" });
    end().sendRaw(new Uint8Array(3));
    expect(why()).toBe("going_away");
    expect(end().closed).toEqual([{ code: 1000, reason: "" }]);
  });

  it("may not send output before the greeting is over", async () => {
    const { end, why } = await dialled();
    await end().open();
    end().send({ kind: Kind.output, channel: 1, payload: Uint8Array.of(1) });
    expect(why()).toBe("unexpected_frame");
  });
});

describe("a machine that takes nothing", () => {
  it("is left before more than 8 MiB wait", async () => {
    const { end, why } = await greeted();
    end().buffered = 8_388_608;
    end().send({ kind: Kind.ping, payload: NOTHING });
    expect(why()).toBe("stalled");
  });
});
