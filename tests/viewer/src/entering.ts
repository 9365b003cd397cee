// How this client comes to a machine's node: by a one-use link, by an invitation, or with a key that nobody knows.

import type { webcrypto } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import {
  type Circuit,
  connect,
  createDevice,
  type Device,
  deviceOf,
  join,
  keyId,
  pair,
  parseInvitation,
  roam,
  webCryptoVerifier,
} from "@homie/client";
import { nodePlatform, OTHER_HOST } from "./platform.ts";

const { subtle } = globalThis.crypto;

type Tell = (at: string, what: object) => void;

/** Redeems a link's secret at the gateway on this machine; `via` are the ports that are really dialled, one for each way. */
export async function byLink(
  gateway: string,
  via: readonly number[],
  secret: string,
  tell: Tell,
): Promise<Circuit> {
  const platform = nodePlatform({ via });
  const caller = await newCaller();
  const { node } = await pair({ platform, url: `ws://${gateway}/ws`, caller, secret, name: "viewer" });
  tell("paired", { node });
  const hosts = [gateway, gateway.replace(/^[^:]+/, OTHER_HOST)].slice(0, via.length);
  const ways = hosts.map((host) => ({ url: `ws://${host}/m/${node}` }));
  return roam({ platform, caller, ways: () => ways });
}

/** Opens a page's address as it is; one with an invitation shows digits first, and waits until somebody types them. */
export async function byAddress(
  address: string,
  headers: Record<string, string>,
  keyFile: string,
  tell: Tell,
): Promise<Circuit> {
  const platform = nodePlatform({ headers });
  const caller = keyFile === "" ? await newCaller() : await callerOf(keyFile);
  const { origin } = new URL(address);
  const sockets = origin.replace("http", "ws");
  const invitation = parseInvitation(address);
  if (invitation !== undefined) {
    const invited = { way: "qr", invitation } as const;
    const onDigits = (digits: string) => tell("digits", { digits });
    await join({
      platform,
      url: `${sockets}/ws`,
      caller,
      invited,
      name: "viewer",
      runsOn: "Node",
      onDigits,
    });
  }
  const about = (await (await fetch(`${origin}/.well-known/homie`)).json()) as { node: string };
  tell("paired", about);
  return connect({ platform, url: `${sockets}/m/${about.node}`, caller });
}

interface Caller {
  readonly kind: "cli";
  readonly agent: string;
  readonly device: Device;
}

async function newCaller(): Promise<Caller> {
  return { kind: "cli", agent: "homie-viewer", device: deviceOf(subtle, await createDevice(subtle)) };
}

/** Whoever has the key in this file, which the first that asks for it makes: one device may be at several machines. */
async function callerOf(file: string): Promise<Caller> {
  if (!existsSync(file)) writeFileSync(file, await newKey(), { mode: 0o600 });
  const words = JSON.parse(readFileSync(file, "utf8")) as webcrypto.JsonWebKey;
  const key = Uint8Array.from(Buffer.from(words.x ?? "", "base64url"));
  const privateKey = await subtle.importKey("jwk", words, "Ed25519", false, ["sign"]);
  const id = await keyId(webCryptoVerifier(subtle), key);
  return {
    kind: "cli",
    agent: "homie-viewer",
    device: deviceOf(subtle, { id, alg: "ed25519", key, privateKey }),
  };
}

async function newKey(): Promise<string> {
  const { privateKey } = (await subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ])) as webcrypto.CryptoKeyPair;
  return JSON.stringify(await subtle.exportKey("jwk", privateKey));
}
