// How this client comes to a machine's node: by a one-use link, by an invitation, or with a key that nobody knows.

import {
  type Circuit,
  connect,
  createDevice,
  type Device,
  deviceOf,
  join,
  pair,
  parseInvitation,
  roam,
} from "@homie/client";
import { nodePlatform, OTHER_HOST } from "./platform.ts";

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
  tell: Tell,
): Promise<Circuit> {
  const platform = nodePlatform({ headers });
  const caller = await newCaller();
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

async function newCaller(): Promise<{ kind: "cli"; agent: string; device: Device }> {
  const { subtle } = globalThis.crypto;
  return { kind: "cli", agent: "homie-viewer", device: deviceOf(subtle, await createDevice(subtle)) };
}
