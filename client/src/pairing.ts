// How this device becomes a known one: it greets the gateway with its new key and redeems a one-use link for it.

import { connect } from "./circuit.ts";
import type { RedeemOutput } from "./generated/types.ts";
import type { Caller } from "./greeting.ts";
import type { Device, Platform } from "./platform.ts";

export interface PairingOptions {
  readonly platform: Platform;
  /** The gateway: `ws(s)://host/ws`. */
  readonly url: string;
  readonly caller: Caller & { readonly device: Device };
  /** The link's secret. */
  readonly secret: string;
  /** What people will call this device, at most 64 characters. */
  readonly name: string;
}

/** Enrols the device. The gateway's key is remembered from here on; a link that is used or too old rejects with the
 * code `link_invalid`. */
export async function pair({ platform, url, caller, secret, name }: PairingOptions): Promise<RedeemOutput> {
  const circuit = connect({ platform, url, caller });
  try {
    return await circuit.request("pairing.redeem", { secret, name });
  } finally {
    circuit.close();
  }
}

/** The secret of a one-use link, from the fragment of its URL (with or without `#`). */
export function linkSecretOf(fragment: string): string | undefined {
  return /^#?link=([a-z2-7]{26})$/.exec(fragment)?.[1];
}
