// Which entries owners signed, each after those that it follows. Everything else is a stranger's, and is not carried on.

import type { Entry, SignedEntry } from "../generated/types.ts";

/** An entry whose signature is its signer's. */
export interface Held {
  /** SHA-256 of its bytes, in base32. */
  readonly name: string;
  /** The names of those that its signer had seen last. */
  readonly after: readonly string[];
  readonly entry: Entry;
  readonly signed: SignedEntry;
}

/** An entry in its place, and the places of all that it follows, a bit for each. */
interface Placed {
  readonly held: Held;
  readonly place: number;
  readonly before: bigint;
}

/** Those that the root signed, or somebody whom an entry before it had made an owner. One that follows what is not here
 * waits outside. */
export function byOwners(rootId: string, all: Iterable<Held>): Held[] {
  const made = new Map<string, Placed[]>();
  const good: Held[] = [];
  for (const placed of inOrder([...all])) {
    const signer = placed.held.entry.stem.by.id;
    const follows = (making: Placed) => ((placed.before >> BigInt(making.place)) & 1n) === 1n;
    if (signer !== rootId && made.get(signer)?.some(follows) !== true) continue;
    good.push(placed.held);
    const owner = ownerMadeBy(placed.held.entry);
    if (owner !== undefined) made.set(owner, [...(made.get(owner) ?? []), placed]);
  }
  return good;
}

function inOrder(all: readonly Held[]): Placed[] {
  const placed = new Map<string, Placed>();
  let waiting = all;
  let before = -1;
  // One round where each comes after those that it follows, as machines send them.
  while (placed.size > before) {
    before = placed.size;
    for (const held of waiting) {
      if (!held.after.every((name) => placed.has(name))) continue;
      placed.set(held.name, { held, place: placed.size, before: seenBy(held, placed) });
    }
    waiting = waiting.filter(({ name }) => !placed.has(name));
  }
  return [...placed.values()];
}

function seenBy(held: Held, placed: ReadonlyMap<string, Placed>): bigint {
  let seen = 0n;
  for (const name of held.after) {
    const known = placed.get(name);
    if (known !== undefined) seen |= known.before | (1n << BigInt(known.place));
  }
  return seen;
}

function ownerMadeBy(entry: Entry): string | undefined {
  if (entry.t === "device") return entry.role === "owner" ? entry.key.id : undefined;
  return entry.t === "change" && entry.role === "owner" ? entry.device : undefined;
}
