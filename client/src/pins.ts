// Which key each machine had when it was met first. Another key later is refused, never taken in silence.

import { base32 } from "./base32.ts";
import type { Failure } from "./failure.ts";
import type { Platform, Storage } from "./platform.ts";
import { keyId } from "./webcrypto.ts";

const PREFIX = "homie.machine.";

/** Where a circuit leads: the authority dialled, and the node's id if the path names one. */
export interface Target {
  readonly host: string;
  readonly node: string | undefined;
  /** The id of the key that must answer, where an invitation says it. */
  readonly expected?: string | undefined;
}

/** Takes a circuit's address apart. Undefined if it is none. */
export function targetOf(url: string): Target | undefined {
  const match = /^(wss?):\/\/([^/?#]+)(\/[^?#]*)?$/i.exec(url);
  const [, scheme = "", authority = "", path = ""] = match ?? [];
  if (match === null) return undefined;
  const ordinaryPort = scheme.toLowerCase() === "wss" ? /:443$/ : /:80$/;
  const host = authority.toLowerCase().replace(ordinaryPort, "");
  return { host, node: /^\/m\/([a-z2-7]{26})$/.exec(path)?.[1] };
}

/** Undefined if this key may speak for the target, else why not. A node's address is a promise about its key. */
export async function checkKey(
  platform: Pick<Platform, "storage" | "verifier">,
  target: Target,
  key: Uint8Array,
): Promise<Failure | undefined> {
  if (target.expected !== undefined && (await keyId(platform.verifier, key)) !== target.expected) {
    return {
      code: "unproven",
      message: `another machine answers at ${target.host} than the one that made this code`,
    };
  }
  if (target.node !== undefined) {
    return (await keyId(platform.verifier, key)) === target.node ? undefined : changed(target);
  }
  const known = await platform.storage.get(PREFIX + target.host);
  return known === undefined || known === base32(key) ? undefined : changed(target);
}

/** Remembers the key of a server that has proved it and let this device in. */
export async function rememberKey(storage: Storage, target: Target, key: Uint8Array): Promise<void> {
  if (target.node === undefined) await storage.set(PREFIX + target.host, base32(key));
}

/** Forgets what is known of a machine: the way back after it was set up anew, and a person's decision alone. */
export async function forgetMachine(storage: Storage, host: string): Promise<void> {
  await storage.remove(PREFIX + host);
}

function changed({ host }: Target): Failure {
  return {
    code: "key_changed",
    message:
      `${host} has another key than the one this device knows. If the machine was set up anew, ` +
      "forget it here and pair again; if not, somebody else is answering in its place.",
  };
}
