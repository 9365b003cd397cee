// The roster that a device carries: what it takes, what it brings to the next machine, and what no lie can do to it.

import { beforeEach, describe, expect, it } from "vitest";
import { base32 } from "../src/base32.ts";
import { encodeValue } from "../src/codec/encode.ts";
import type { Envelope } from "../src/control.ts";
import { ENTRIES, ENTRIES_READ, ENTRY, HELLO_MS, ROSTER_MS } from "../src/generated/limits.ts";
import type { DeviceKey, Role, RosterOffer, SignedEntry } from "../src/generated/types.ts";
import { Carried } from "../src/roster/carried.ts";
import { readEntry, signedBytes } from "../src/roster/entry.ts";
import { keyId } from "../src/webcrypto.ts";
import { settled } from "./fake/clock.ts";
import { fakeSignature, fakeVerifier, type MachineEnd } from "./fake/machine.ts";
import { dialled, type Story } from "./fake/story.ts";

/** Keys that sign and are signed for; the first is the root's. */
const key = (who: number) => new Uint8Array(32).fill(20 + who);
const ROOT = key(0);

async function keyOf(who: number): Promise<DeviceKey> {
  return { id: await keyId(fakeVerifier, key(who)), alg: "ed25519", key: key(who) };
}

const nameOf = (signed: SignedEntry) => fakeVerifier.sha256(signed.entry);

/** Makes somebody a device, after these entries. */
async function enrol(
  by: number,
  who: number,
  role: Role,
  seen: readonly SignedEntry[] = [],
  root = ROOT,
): Promise<SignedEntry> {
  const after = await Promise.all(seen.map(nameOf));
  after.sort((one, other) => Buffer.compare(one, other));
  const stem = { after, by: await keyOf(by), at: 1 };
  const entry = encodeValue(
    { t: "device", stem, key: await keyOf(who), name: `device ${who}`, role, kind: "cli" },
    ENTRY,
  );
  return { entry, sig: fakeSignature(key(by), signedBytes(root, entry)) };
}

let desk: SignedEntry[];

beforeEach(async () => {
  const owner = await enrol(0, 1, "owner");
  desk = [owner, await enrol(1, 2, "operator", [owner])];
});

async function offerOf(entries: readonly SignedEntry[], root = ROOT): Promise<RosterOffer> {
  const names = await Promise.all(entries.map(nameOf));
  names.sort((one, other) => Buffer.compare(one, other));
  return { root, head: await fakeVerifier.sha256(Buffer.concat([root, ...names])) };
}

/** A machine with this roster greets; gives what the client says of its own. */
async function welcomed(
  { end }: Story,
  offer: RosterOffer,
  role: Role = "operator",
): Promise<Envelope<"prove">> {
  await end().open();
  end().welcome(end().takeGreeting("hello"), { roster: offer });
  await settled();
  const prove = end().takeGreeting("prove");
  end().say({ t: "ready", role, circuit: "a".repeat(26) });
  await settled();
  return prove;
}

async function answered(end: MachineEnd, method: string, ok: unknown): Promise<Envelope<"request">> {
  const request = end.takeRequest();
  expect(request.method).toBe(method);
  end.answer(request, ok);
  await settled();
  return request;
}

/** Answers what is asked as an honest machine with these entries would. */
async function tells(end: MachineEnd, entries: readonly SignedEntry[]): Promise<void> {
  const names = await Promise.all(entries.map(nameOf));
  await answered(end, "mesh.roster.names", { root: ROOT, names });
  await answered(end, "mesh.roster.read", { entries });
}

const carriedBy = async ({ platform }: Story) => (await Carried.of(platform, ROOT)).entries;

describe("a device that meets its first machine", () => {
  it("takes the machine's roster, and is ready then", async () => {
    const story = await dialled();
    expect((await welcomed(story, await offerOf(desk))).roster).toBeUndefined();
    expect(story.phase()).toBe("greeting");
    await tells(story.end(), desk);
    expect(story.phase()).toBe("ready");
    expect((await carriedBy(story)).map(({ signed }) => signed)).toEqual(desk);
  });

  it("says on the next circuit what it has, and asks nothing more", async () => {
    const story = await dialled();
    await welcomed(story, await offerOf(desk));
    await tells(story.end(), desk);
    story.circuit.wake();
    await story.end().cut();
    await story.clock.advance(20_000);
    const prove = await welcomed(story, await offerOf(desk));
    expect(prove.roster).toEqual(await offerOf(desk));
    expect(story.phase()).toBe("ready");
    expect(story.end().has(1)).toBe(false);
  });

  it("reads a long roster in pages", async () => {
    const many = [...desk];
    for (let who = 0; who < ENTRIES_READ; who += 1) many.push(await enrol(1, 3, "viewer", many.slice(-1)));
    const story = await dialled();
    await welcomed(story, await offerOf(many));
    await answered(story.end(), "mesh.roster.names", {
      root: ROOT,
      names: await Promise.all(many.map(nameOf)),
    });
    for (const page of [many.slice(0, ENTRIES_READ), many.slice(ENTRIES_READ)]) {
      const read = await answered(story.end(), "mesh.roster.read", { entries: page });
      expect((read.params as { names: unknown[] }).names).toHaveLength(page.length);
    }
    expect(story.phase()).toBe("ready");
    expect(await carriedBy(story)).toHaveLength(many.length);
  });
});

/** A story whose device carries these entries already. */
async function carrying(entries: readonly SignedEntry[]): Promise<Story> {
  const story = await dialled();
  await (await Carried.of(story.platform, ROOT)).take(entries);
  return story;
}

describe("a device that carries a newer roster", () => {
  it("tells the machine what it lacks", async () => {
    const story = await carrying(desk);
    const prove = await welcomed(story, await offerOf(desk.slice(0, 1)));
    expect(prove.roster).toEqual(await offerOf(desk));
    const [first] = desk;
    await answered(story.end(), "mesh.roster.names", {
      root: ROOT,
      names: [await nameOf(first as SignedEntry)],
    });
    const told = await answered(story.end(), "mesh.roster.tell", { role: "operator" });
    expect(told.params).toEqual({ root: ROOT, entries: desk.slice(1) });
    expect(story.phase()).toBe("ready");
  });

  it("that nobody knows there is greeted anew once the machine has learnt who it is", async () => {
    const story = await carrying(desk);
    await welcomed(story, await offerOf(desk.slice(0, 1)), "none");
    const told = await answered(story.end(), "mesh.roster.tell", { role: "operator" });
    expect((told.params as { entries: unknown[] }).entries).toHaveLength(2);
    expect(story.machine.ends).toHaveLength(2);
    await welcomed(story, await offerOf(desk));
    expect(story.phase()).toBe("ready");
  });

  it("does not go round in circles with a machine that never means what it says", async () => {
    const story = await carrying(desk);
    const older = await offerOf(desk.slice(0, 1));
    for (let turn = 0; turn < 2; turn += 1) {
      await welcomed(story, older, "viewer");
      await answered(story.end(), "mesh.roster.names", { root: ROOT, names: [] });
      await answered(story.end(), "mesh.roster.tell", { role: "operator" });
    }
    expect(story.machine.ends).toHaveLength(2);
    expect(story.phase()).toBe("ready");
  });

  it("stays a stranger at a gateway that has learnt nothing, so that it can pair", async () => {
    const story = await carrying(desk);
    await welcomed(story, await offerOf(desk.slice(0, 1)), "none");
    await answered(story.end(), "mesh.roster.tell", { role: "none" });
    expect(story.phase()).toBe("ready");
  });

  it("says nothing of it to a machine of another mesh", async () => {
    const story = await carrying(desk);
    expect((await welcomed(story, await offerOf([], key(9)))).roster).toBeUndefined();
    expect(story.phase()).toBe("ready");
  });
});

describe("a machine that lies", () => {
  const meeting = async (story: Story, entries: readonly SignedEntry[]) => {
    await welcomed(story, { root: ROOT, head: new Uint8Array(32) });
    await tells(story.end(), entries);
    return { phase: story.phase(), carried: (await carriedBy(story)).map(({ signed }) => signed) };
  };

  it("is not believed an entry that its signer did not sign, or signed for another mesh", async () => {
    const [owner, device] = desk as [SignedEntry, SignedEntry];
    const forged = { ...device, sig: new Uint8Array(64) };
    const foreign = await enrol(0, 4, "owner", [], key(9));
    const met = await meeting(await dialled(), [owner, forged, foreign]);
    expect(met).toEqual({ phase: "ready", carried: [owner] });
  });

  it("is not believed what a stranger signed, nor what follows things that nobody has", async () => {
    const [owner] = desk as [SignedEntry];
    const stranger = await enrol(5, 5, "owner", [owner]);
    const friend = await enrol(5, 6, "viewer", [stranger]);
    const unseen = await enrol(1, 7, "viewer", [await enrol(1, 8, "viewer", [owner])]);
    // By an owner's key, but from before it was one.
    const early = await enrol(1, 9, "owner");
    const met = await meeting(await dialled(), [owner, stranger, friend, unseen, early]);
    expect(met).toEqual({ phase: "ready", carried: [owner] });
  });

  it("is not believed what is no entry, or is written in another way", async () => {
    const [owner] = desk as [SignedEntry];
    const stem = { after: [], by: await keyOf(0), at: 1 };
    const odd = [
      encodeValue({ stem, t: "retire", machine: "a".repeat(26) }, ENTRY),
      encodeValue({ t: "grant", stem }, ENTRY),
      Uint8Array.of(0x93, 1, 2, 3),
      new Uint8Array(5_000),
    ];
    const signed = odd.map((entry) => ({ entry, sig: fakeSignature(ROOT, signedBytes(ROOT, entry)) }));
    const met = await meeting(await dialled(), [...signed, owner]);
    expect(met).toEqual({ phase: "ready", carried: [owner] });
    expect(() => readEntry(odd[0] as Uint8Array)).toThrow("the one way");
  });

  it("takes nothing away with an older roster", async () => {
    const story = await carrying(desk);
    const older = desk.slice(0, 1);
    await welcomed(story, await offerOf(older));
    await answered(story.end(), "mesh.roster.names", {
      root: ROOT,
      names: [await nameOf(older[0] as SignedEntry)],
    });
    await answered(story.end(), "mesh.roster.tell", { role: "operator" });
    expect(await carriedBy(story)).toHaveLength(2);
  });

  it("is left alone when it names too many, or refuses", async () => {
    const names = Array.from({ length: ENTRIES + 1 }, () => new Uint8Array(32));
    for (const say of [
      (end: MachineEnd) => end.answer(end.takeRequest(), { root: ROOT, names }),
      (end: MachineEnd) => {
        end.say({ t: "response", id: end.takeRequest().id, error: { code: "forbidden", message: "no" } });
      },
    ]) {
      const story = await dialled();
      await welcomed(story, await offerOf(desk));
      say(story.end());
      await settled();
      expect(story.phase()).toBe("ready");
      expect(story.end().has(1)).toBe(false);
    }
  });

  it("loses the circuit with what is no answer, or with none at all", async () => {
    const story = await dialled();
    await welcomed(story, await offerOf(desk));
    await answered(story.end(), "mesh.roster.names", { root: ROOT });
    expect(story.why()).toBe("missing_field");
    const silent = await dialled();
    await welcomed(silent, await offerOf(desk));
    for (let waited = 0; waited < ROSTER_MS + HELLO_MS; waited += 5_000) {
      await silent.clock.advance(5_000);
      if (silent.phase() === "greeting") silent.end().send({ kind: 8 });
    }
    expect(silent.why()).toBe("timeout");
  });
});

it("the rosters of the meshes met last are kept", async () => {
  const { platform, machine } = await dialled();
  for (let mesh = 0; mesh < 6; mesh += 1) {
    const root = key(40 + mesh);
    const entry = encodeValue(
      {
        t: "retire",
        stem: {
          after: [],
          by: { id: await keyId(fakeVerifier, root), alg: "ed25519", key: root },
          at: 1,
        },
        machine: "a".repeat(26),
      },
      ENTRY,
    );
    const carried = await Carried.of(platform, root);
    expect(await carried.take([{ entry, sig: fakeSignature(root, signedBytes(root, entry)) }])).toBe(true);
  }
  const kept = [...machine.stored.keys()].filter((name) => name.startsWith("homie.roster."));
  expect(kept.sort()).toEqual([2, 3, 4, 5].map((mesh) => `homie.roster.${base32(key(40 + mesh))}`).sort());
});

it("a store that somebody has spoilt holds nothing, and harms nobody", async () => {
  const { platform, machine } = await dialled();
  machine.stored.set(`homie.roster.${base32(ROOT)}`, "not.base32! x aa.bb");
  const carried = await Carried.of(platform, ROOT);
  expect(carried.entries).toEqual([]);
  expect(await carried.take(desk)).toBe(true);
  expect((await Carried.of(platform, ROOT)).entries).toHaveLength(2);
});
