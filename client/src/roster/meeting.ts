// What follows the greeting where this device carries a roster of the machine's mesh, or may learn it: each tells the
// other what it knows more, before anything else is asked. This side does the asking.

import { base32 } from "../base32.ts";
import type { Envelope } from "../control.ts";
import { WireError } from "../errors.ts";
import { RequestError } from "../failure.ts";
import { ENTRIES, ENTRIES_READ, ENTRIES_TOLD } from "../generated/limits.ts";
import type { Role, RosterOffer } from "../generated/types.ts";
import { type MethodName, type Params, RESULTS, type Result } from "../protocol.ts";
import type { Carried } from "./carried.ts";

/** Request and answer, one after the other, on a circuit on which nothing else is asked yet. */
export interface Talk {
  send(envelope: Envelope): void;
  receive(): Promise<Envelope>;
}

/** Brings both to the same, and gives what this device may do then. Entries that are not good are left out. */
export async function meet(talk: Talk, carried: Carried, theirs: RosterOffer, role: Role): Promise<Role> {
  if (base32(await carried.head()) === base32(theirs.head)) return role;
  const ask = asking(talk);
  try {
    const names = role === "none" ? [] : (await ask("mesh.roster.names", {})).names;
    if (names.length > ENTRIES)
      throw new RequestError({ code: "too_many", message: "names: more than 1,000" });
    const news = carried.entries.filter(lackedBy(names));
    await take(ask, carried, names);
    let now = role;
    for (const entries of pages(news, ENTRIES_TOLD)) {
      const told = { root: carried.root, entries: entries.map(({ signed }) => signed) };
      now = (await ask("mesh.roster.tell", told)).role;
    }
    return now;
  } catch (thrown) {
    // The machine said no, or told nonsense. The circuit is as good as it was.
    if (thrown instanceof RequestError && !(thrown instanceof Ended)) return role;
    throw thrown;
  }
}

type Ask = <M extends MethodName>(method: M, params: Params<M>) => Promise<Result<M>>;

async function take(ask: Ask, carried: Carried, names: readonly Uint8Array[]): Promise<void> {
  const known = new Set(carried.entries.map(({ name }) => name));
  const lacking = names.filter((name) => !known.has(base32(name)));
  for (const page of pages(lacking, ENTRIES_READ)) {
    const { entries } = await ask("mesh.roster.read", { names: page });
    await carried.take(entries);
  }
}

function lackedBy(names: readonly Uint8Array[]): (held: { readonly name: string }) => boolean {
  const theirs = new Set(names.map(base32));
  return ({ name }) => !theirs.has(name);
}

/** The circuit has ended meanwhile. */
class Ended extends RequestError {}

function asking(talk: Talk): Ask {
  let id = 0;
  return async (method, params) => {
    id += 1;
    talk.send({ t: "request", id, method, params });
    const answer = await talk.receive().catch(ended);
    if (answer.t !== "response" || answer.id !== id) {
      throw new WireError("unexpected_frame", `${answer.t} came where an answer belongs`);
    }
    if (answer.error !== undefined) throw new RequestError(answer.error);
    return RESULTS[method](answer.ok);
  };
}

function ended(thrown: unknown): never {
  throw thrown instanceof RequestError ? new Ended({ code: thrown.code, message: thrown.message }) : thrown;
}

function* pages<T>(all: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}
