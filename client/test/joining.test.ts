// Pairing from the device's side, against a gateway that says what the test tells it to.

import { describe, expect, it } from "vitest";
import { fromBase32 } from "../src/base32.ts";
import type { Envelope } from "../src/control.ts";
import { PAIRING_MS } from "../src/generated/limits.ts";
import { type Invited, join } from "../src/joining.ts";
import { enrolledBytes, openingBytes, pairingBytes, proofOf } from "../src/pairing-bytes.ts";
import type { Params } from "../src/protocol.ts";
import { keyId } from "../src/webcrypto.ts";
import { FakeClock, settled } from "./fake/clock.ts";
import { FakeMachine, fakeDevice, fakeSignature, fakeVerifier } from "./fake/machine.ts";

const ID = `${"b".repeat(25)}a`;
const NODE = `${"c".repeat(25)}a`;
const SECRET = new Uint8Array(16).fill(6);
const HOST = "localhost:4663";
const NONCE = new Uint8Array(32).fill(4);

interface Story {
  readonly machine: FakeMachine;
  readonly clock: FakeClock;
  readonly outcome: Promise<unknown>;
  readonly digits: string[];
}

async function joining(invited?: Invited): Promise<Story> {
  const clock = new FakeClock();
  const machine = new FakeMachine(clock);
  const gateway = await keyId(fakeVerifier, machine.key);
  const digits: string[] = [];
  const outcome = join({
    platform: machine.platform(),
    url: `ws://${HOST}/ws`,
    caller: { kind: "web", agent: "test", origin: `http://${HOST}`, device: await fakeDevice() },
    invited: invited ?? {
      way: "qr",
      invitation: { origin: `http://${HOST}`, id: ID, gateway, secret: SECRET },
    },
    name: "phone",
    runsOn: "test",
    onDigits: (shown) => digits.push(shown),
  });
  outcome.catch(() => {});
  await settled();
  return { machine, clock, outcome, digits };
}

/** Answers `begin` as an honest gateway, and gives T1. */
async function begun({ machine }: Story, change: { key?: Uint8Array; sig?: Uint8Array } = {}) {
  const request = machine.end.takeRequest();
  const { commitment } = request.params as Params<"pairing.begin">;
  const key = change.key ?? machine.key;
  const opening = openingBytes({
    version: 1,
    id: ID,
    commitment: commitment.slice(),
    gateway: key,
    nonce: NONCE,
    host: HOST,
  });
  const sig = change.sig ?? fakeSignature(key, opening);
  machine.end.answer(request, { id: ID, key, nonce: NONCE, sig });
  await settled();
  return opening;
}

/** Takes `reveal`, and gives T2. */
async function revealed({ machine }: Story, opening: Uint8Array): Promise<Uint8Array> {
  const request = machine.end.takeRequest();
  const { device, salt, name, platform, mac, sig } = request.params as Params<"pairing.reveal">;
  const { alg } = device;
  const transcript = pairingBytes(opening, { key: device.key, alg, salt, name, platform });
  expect(sig).toEqual(fakeSignature(device.key, transcript));
  expect(mac).toEqual(await proofOf(fakeVerifier, "device", SECRET, opening, transcript));
  machine.end.answer(request, {});
  await settled();
  return transcript;
}

async function paired(transcript: Uint8Array, opening: Uint8Array) {
  const { id: device } = await fakeDevice();
  const said = enrolledBytes(transcript, device, "operator", NODE);
  const mac = await proofOf(fakeVerifier, "gateway", SECRET, opening, said);
  return { device, role: "operator", node: NODE, mac } as const;
}

function refuse(machine: FakeMachine, code: "pairing_refused" | "pairing_invalid"): Envelope<"request"> {
  const request = machine.end.takeRequest();
  machine.end.say({ t: "response", id: request.id, error: { code, message: "no" } });
  return request;
}

describe("pairing", () => {
  it("shows six digits, asks until somebody has typed them, and leaves", async () => {
    const story = await joining();
    const { machine, digits, outcome } = story;
    await machine.end.greet("none");
    const opening = await begun(story);
    expect(digits).toEqual([]);
    const transcript = await revealed(story, opening);
    expect(digits).toEqual([expect.stringMatching(/^[0-9]{6}$/)]);
    machine.end.answer(machine.end.takeRequest(), {});
    await settled();
    const answer = await paired(transcript, opening);
    machine.end.answer(machine.end.takeRequest(), { paired: answer });
    await expect(outcome).resolves.toMatchObject({ role: "operator", node: NODE });
    expect(machine.end.closed).toHaveLength(1);
  });

  it("goes on asking when the link breaks while somebody reads the digits", async () => {
    const story = await joining();
    const { machine, clock, outcome } = story;
    await machine.end.greet("none");
    const opening = await begun(story);
    const transcript = await revealed(story, opening);
    machine.end.takeRequest();
    await machine.end.cut();
    await clock.advance(400);
    await machine.end.greet("none");
    machine.end.answer(machine.end.takeRequest(), { paired: await paired(transcript, opening) });
    await expect(outcome).resolves.toMatchObject({ role: "operator" });
  });

  it("says no more to another machine than the one that made the code", async () => {
    const story = await joining();
    const { machine, outcome } = story;
    machine.key = new Uint8Array(32).fill(99);
    await machine.end.open();
    machine.end.welcome(machine.end.takeGreeting("hello"));
    await expect(outcome).rejects.toMatchObject({ code: "unproven" });
    expect(() => machine.end.takeGreeting("prove")).toThrow();
    expect(machine.stored.size).toBe(0);
  });

  it.each([
    ["a key of its own in the answer", { key: new Uint8Array(32).fill(98) }],
    ["a signature that is not the key's", { sig: new Uint8Array(64) }],
  ])("reveals nothing to a gateway with %s", async (_, change) => {
    const story = await joining();
    await story.machine.end.greet("none");
    await begun(story, change);
    await expect(story.outcome).rejects.toMatchObject({ code: "unproven" });
    expect(story.digits).toEqual([]);
    expect(() => story.machine.end.takeRequest()).toThrow();
  });

  it("does not believe a gateway that cannot prove the secret", async () => {
    const story = await joining();
    const { machine, outcome } = story;
    await machine.end.greet("none");
    const opening = await begun(story);
    const transcript = await revealed(story, opening);
    const answer = { ...(await paired(transcript, opening)), role: "owner" };
    machine.end.answer(machine.end.takeRequest(), { paired: answer });
    await expect(outcome).rejects.toMatchObject({ code: "unproven" });
  });

  it.each(["pairing_refused", "pairing_invalid"] as const)(
    "tells that it came to nothing: %s",
    async (code) => {
      const story = await joining();
      const { machine, outcome } = story;
      await machine.end.greet("none");
      await revealed(story, await begun(story));
      refuse(machine, code);
      await expect(outcome).rejects.toMatchObject({ code });
      expect(machine.end.closed).toHaveLength(1);
    },
  );

  it("gives up when the machine stays away longer than a pairing lasts", async () => {
    const story = await joining();
    const { machine, clock, outcome } = story;
    await machine.end.greet("none");
    await revealed(story, await begun(story));
    await machine.end.cut();
    await clock.advance(3 * PAIRING_MS);
    await expect(outcome).rejects.toMatchObject({ code: expect.any(String) });
    expect(clock.timers).toBe(0);
  });

  it("needs no digits with the machine's shared secret", async () => {
    const story = await joining({ way: "secret", secret: SECRET });
    const { machine, digits, outcome } = story;
    await machine.end.greet("none");
    const opening = await begun(story);
    const transcript = await revealed(story, opening);
    machine.end.answer(machine.end.takeRequest(), { paired: await paired(transcript, opening) });
    await expect(outcome).resolves.toMatchObject({ role: "operator" });
    expect(digits).toEqual([]);
  });

  it("has ids that are ids", () => {
    for (const id of [ID, NODE]) expect(fromBase32(id)).toHaveLength(16);
  });
});
