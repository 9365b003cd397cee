// The roster that this device carries from machine to machine, in its store. Every entry is checked before it is taken:
// whoever brings one proves nothing by it. What is kept was checked when it came.

import { base32, fromBase32 } from "../base32.ts";
import { WireError } from "../errors.ts";
import { ENTRIES } from "../generated/limits.ts";
import type { SignedEntry } from "../generated/types.ts";
import { concat } from "../parts.ts";
import type { Platform } from "../platform.ts";
import { keyId } from "../webcrypto.ts";
import { readEntry, signedBytes } from "./entry.ts";
import { byOwners, type Held } from "./owners.ts";

type World = Pick<Platform, "storage" | "verifier">;

/** Meshes whose rosters are kept: whoever sits at machines of more carries those met last. */
const MESHES = 4;
const LIST = "homie.rosters";
const PREFIX = "homie.roster.";

/** The roster of one mesh. */
export class Carried {
  #held: readonly Held[] = [];

  private constructor(
    private readonly world: World,
    readonly root: Uint8Array,
    private readonly rootId: string,
  ) {}

  /** What is kept of this mesh; nothing, if it was never met. */
  static async of(world: World, root: Uint8Array): Promise<Carried> {
    const carried = new Carried(world, root.slice(), await keyId(world.verifier, root));
    await carried.#load();
    return carried;
  }

  /** All that owners signed, each after those that it follows. */
  get entries(): readonly Held[] {
    return this.#held;
  }

  /** SHA-256 of the root's key and the names of the entries in the order of their bytes. */
  head(): Promise<Uint8Array> {
    const names = this.#held.map(({ name }) => fromBase32(name) ?? new Uint8Array(0)).sort(compare);
    return this.world.verifier.sha256(concat(this.root, ...names));
  }

  /** Takes the good ones of these, and keeps them. False if one was not good. */
  async take(entries: readonly SignedEntry[]): Promise<boolean> {
    const admitted = await Promise.all(entries.map((signed) => this.#admitted(signed)));
    // Another circuit of this device may have kept something meanwhile.
    await this.#load();
    const all = new Map(this.#held.map((held) => [held.name, held]));
    for (const held of admitted) if (held !== undefined) all.set(held.name, held);
    const good = byOwners(this.rootId, all.values());
    const isWhole = admitted.every(
      (held) => held !== undefined && good.some(({ name }) => name === held.name),
    );
    if (good.length > ENTRIES) return false;
    if (good.length > this.#held.length) {
      this.#held = good;
      await this.#keep();
    }
    return isWhole;
  }

  /** The entry, if its signer really signed it for this mesh. */
  async #admitted(signed: SignedEntry): Promise<Held | undefined> {
    const held = await this.#read(signed).catch(orNothing);
    if (held === undefined) return undefined;
    const { by } = held.entry.stem;
    const { verifier } = this.world;
    if ((await keyId(verifier, by.key)) !== by.id) return undefined;
    const isSigned = await verifier.verify(by.alg, by.key, signedBytes(this.root, signed.entry), signed.sig);
    return isSigned ? held : undefined;
  }

  async #read({ entry, sig }: SignedEntry): Promise<Held> {
    // Views into a message would keep all of it.
    const signed = { entry: entry.slice(), sig: sig.slice() };
    const read = readEntry(signed.entry);
    const name = base32(await this.world.verifier.sha256(signed.entry));
    return { name, after: read.stem.after.map(base32), entry: read, signed };
  }

  async #load(): Promise<void> {
    const stored = signedEntries(await this.world.storage.get(PREFIX + base32(this.root)));
    const read = await Promise.all(stored.map((signed) => this.#read(signed).catch(orNothing)));
    this.#held = byOwners(
      this.rootId,
      read.filter((held) => held !== undefined),
    );
  }

  async #keep(): Promise<void> {
    const { storage } = this.world;
    const mesh = base32(this.root);
    const known = ((await storage.get(LIST)) ?? "").split(" ").filter((name) => name !== "" && name !== mesh);
    const [stay, go] = [known.slice(0, MESHES - 1), known.slice(MESHES - 1)];
    await storage.set(LIST, [mesh, ...stay].join(" "));
    for (const name of go) await storage.remove(PREFIX + name);
    const texts = this.#held.map(({ signed }) => [base32(signed.entry), base32(signed.sig)].join("."));
    await storage.set(PREFIX + mesh, texts.join(" "));
  }
}

/** A text that this class has not written holds nothing. */
function signedEntries(text: string | undefined): SignedEntry[] {
  const pairs = (text ?? "").split(" ").map((pair) => pair.split(".").map(fromBase32));
  return pairs.flatMap(([entry, sig]) => (entry === undefined || sig === undefined ? [] : [{ entry, sig }]));
}

function orNothing(thrown: unknown): undefined {
  if (!(thrown instanceof WireError)) throw thrown;
  return undefined;
}

function compare(one: Uint8Array, other: Uint8Array): number {
  const at = one.findIndex((byte, place) => byte !== other[place]);
  return at < 0 ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
}
