// Backoff, liveness, channels, calls, base32: small state machines, time passed in.

import { describe, expect, it } from "vitest";
import { Backoff } from "../src/backoff.ts";
import { base32, fromBase32, hex } from "../src/base32.ts";
import { type Call, Calls } from "../src/calls.ts";
import { Channels } from "../src/channels.ts";
import { isPassing } from "../src/failure.ts";
import { CODES, type Code } from "../src/generated/codes.ts";
import { CHANNELS, REQUESTS } from "../src/generated/limits.ts";
import { Liveness } from "../src/liveness.ts";
import { Mailbox } from "../src/mailbox.ts";
import { seeded, seededBytes } from "./fake/random.ts";

describe("failures", () => {
  it("pass by themselves as the specification says, or not at all", () => {
    const passing = (Object.keys(CODES) as Code[]).filter((code) => isPassing({ code, message: "" }));
    expect(passing.join(" ")).toBe(
      "timeout slow_reader busy going_away displaced unreachable input_gap internal",
    );
  });
});

describe("backoff", () => {
  const waits = (backoff: Backoff, count: number) => Array.from({ length: count }, () => backoff.failed(0));

  it("doubles from 0.25 s to 10 s", () => {
    expect(waits(new Backoff(() => 0.5), 8)).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  it("spreads by 30 % either way", () => {
    expect(new Backoff(() => 0).failed(0)).toBe(175);
    expect(new Backoff(() => 1).failed(0)).toBe(325);
  });

  it("is short again after a circuit that lasted, and not after one that did not", () => {
    const backoff = new Backoff(() => 0.5);
    waits(backoff, 4);
    backoff.succeeded(0);
    expect(backoff.failed(2_999)).toBe(4000);
    backoff.succeeded(20_000);
    expect(backoff.failed(23_000)).toBe(250);
  });

  it("is short again when the network comes back", () => {
    const backoff = new Backoff(() => 0.5);
    waits(backoff, 6);
    backoff.reset();
    expect(backoff.failed(0)).toBe(250);
  });
});

describe("liveness", () => {
  it("pings at 15 and 30 s of silence and gives up at 45", () => {
    const liveness = new Liveness(0);
    const verdicts = [];
    for (let now = 0; now <= 45_000; now = liveness.due) {
      const verdict = liveness.poll(now);
      if (verdict !== "alive") verdicts.push([now, verdict]);
      if (now === 45_000) break;
    }
    expect(verdicts).toEqual([
      [15_000, "ping"],
      [30_000, "ping"],
      [45_000, "dead"],
    ]);
  });

  it("starts over with every frame", () => {
    const liveness = new Liveness(0);
    liveness.heard(14_000);
    for (let now = 0; now < 29_000; now += 1_000) expect(liveness.poll(now)).toBe("alive");
    expect(liveness.poll(29_000)).toBe("ping");
  });

  it("asks 3 s after something was typed, and gives up after 10", () => {
    const liveness = new Liveness(0);
    const until = (from: number, to: number) => {
      const verdicts = [];
      for (let now = from; now <= to; now += 500) verdicts.push(liveness.poll(now));
      return verdicts.filter((verdict) => verdict !== "alive");
    };
    expect(until(0, 1_000)).toEqual([]);
    liveness.typed(1_000);
    liveness.typed(2_000);
    expect(until(1_500, 3_500)).toEqual([]);
    expect(until(4_000, 10_500)).toEqual(["ping"]);
    expect(liveness.poll(11_000)).toBe("dead");
    liveness.heard(11_000);
    expect(until(11_500, 25_500)).toEqual([]);
    expect(liveness.poll(26_000)).toBe("ping");
  });

  it("gives 2 s after waking", () => {
    const liveness = new Liveness(0);
    expect(liveness.wake(600_000)).toBe("ping");
    expect(liveness.poll(601_999)).toBe("alive");
    expect(liveness.poll(602_000)).toBe("dead");
  });

  it("takes what lay in the socket for no answer after waking", () => {
    const liveness = new Liveness(0);
    liveness.wake(600_000);
    liveness.heard(600_500);
    expect(liveness.poll(602_499)).toBe("alive");
    liveness.answered(602_499);
    expect(liveness.poll(604_500)).toBe("alive");
    liveness.wake(700_000);
    liveness.heard(700_500);
    expect(liveness.poll(702_500)).toBe("dead");
  });

  it("takes a late look or a clock that goes back for sleep, not for silence", () => {
    expect(new Liveness(0).poll(3_600_000)).toBe("ping");
    const liveness = new Liveness(50_000);
    expect(liveness.poll(10_000)).toBe("ping");
    expect(liveness.poll(12_000)).toBe("dead");
  });
});

describe("channels", () => {
  it("are odd, go up, and are never used again", () => {
    const channels = new Channels<string>();
    expect([channels.open("a"), channels.open("b")]).toEqual([1, 3]);
    channels.close(1);
    expect(channels.open("c")).toBe(5);
    expect(channels.owner(3)).toBe("b");
  });

  it("drop and count what comes for a closed one, and refuse what was never opened", () => {
    const channels = new Channels<string>();
    channels.open("a");
    channels.close(1);
    expect(channels.owner(1)).toBeUndefined();
    expect(channels.dropped).toBe(1);
    for (const never of [0, 2, 3]) {
      expect(() => channels.owner(never)).toThrow(expect.objectContaining({ code: "channel" }));
    }
  });

  it("are at most 64 at once", () => {
    const channels = new Channels<number>();
    for (let count = 0; count < CHANNELS; count += 1) channels.open(count);
    expect(() => channels.open(0)).toThrow(expect.objectContaining({ code: "busy" }));
    channels.close(1);
    expect(channels.open(0)).toBe(2 * CHANNELS + 1);
  });
});

describe("calls", () => {
  const call = (change: Partial<Call> = {}): Call => ({
    method: "m",
    params: {},
    key: undefined,
    isBound: false,
    resolve: () => {},
    reject: () => {},
    ...change,
  });

  it("outlive a circuit when they have a key or were not sent, and fail with it when not", () => {
    const calls = new Calls();
    const [plain, keyed, unsent, bound] = [call(), call({ key: "k" }), call(), call({ isBound: true })];
    calls.add(plain);
    calls.add(keyed);
    calls.next();
    calls.next();
    calls.add(unsent);
    calls.add(bound);
    expect(calls.grounded()).toEqual([plain, bound]);
    expect([calls.next()?.call, calls.next()?.call, calls.next()]).toEqual([keyed, unsent, undefined]);
  });

  it("are at most 128", () => {
    const calls = new Calls();
    for (let count = 0; count < REQUESTS; count += 1) expect(calls.add(call())).toBe(true);
    expect(calls.add(call())).toBe(false);
  });

  it("keep the id of an abandoned one until its answer has come", () => {
    const calls = new Calls();
    const abandoned = call({ key: "k" });
    calls.add(abandoned);
    expect(calls.next()?.id).toBe(1);
    calls.abandon(abandoned);
    calls.add(call());
    expect(calls.next()?.id).toBe(2);
    expect(calls.answered(1)).toBeUndefined();
    calls.add(abandoned);
    calls.next();
    calls.abandon(abandoned);
    expect(calls.grounded()).toHaveLength(1);
    expect(calls.next()).toBeUndefined();
  });
});

describe("a mailbox", () => {
  it("gives what came before and what comes after, and rejects once closed", async () => {
    const mailbox = new Mailbox<number>();
    mailbox.put(1);
    expect(await mailbox.take()).toBe(1);
    const later = mailbox.take();
    mailbox.put(2);
    expect(await later).toBe(2);
    const never = mailbox.take();
    mailbox.close(new Error("over"));
    await expect(never).rejects.toThrow("over");
    await expect(mailbox.take()).rejects.toThrow("over");
  });

  it("refuses a peer that talks out of turn", () => {
    const mailbox = new Mailbox<number>();
    for (const value of [1, 2, 3, 4]) mailbox.put(value);
    expect(() => mailbox.put(5)).toThrow(expect.objectContaining({ code: "unexpected_frame" }));
  });
});

describe("base32", () => {
  it("knows the examples of RFC 4648", () => {
    const samples = {
      "": "",
      f: "my",
      fo: "mzxq",
      foo: "mzxw6",
      foob: "mzxw6yq",
      fooba: "mzxw6ytb",
      foobar: "mzxw6ytboi",
    };
    for (const [plain, encoded] of Object.entries(samples)) {
      expect(base32(new TextEncoder().encode(plain))).toBe(encoded);
    }
  });

  it("comes back as it went", () => {
    const random = seededBytes(seeded(7));
    for (let length = 0; length < 40; length += 1) {
      const bytes = random(length);
      expect([...(fromBase32(base32(bytes)) ?? [])]).toEqual([...bytes]);
    }
  });

  it("refuses what is none", () => {
    for (const text of ["MY", "m1", "mz", "a", "mzxw6ytbo"]) expect(fromBase32(text)).toBeUndefined();
  });

  it("has a sister in hexadecimal", () => {
    expect(hex(Uint8Array.of(0, 10, 255))).toBe("000aff");
  });
});
