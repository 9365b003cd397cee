// Who this browser is, and which machine has served the page.

import type { Caller, Device, Platform } from "@homie/client";
import { version } from "../package.json";
import { Database } from "./browser/database.ts";
import { browserDevice, browserPlatform, deviceName } from "./browser/platform.ts";

export interface Self {
  readonly platform: Platform;
  readonly caller: Caller & { readonly device: Device };
  /** The machine's authority, as the address bar has it. */
  readonly host: string;
  /** `ws(s)://host`. */
  readonly server: string;
  /** Browser and system. */
  readonly runsOn: string;
}

export async function openSelf(page: Window): Promise<Self> {
  const database = await Database.open(page.indexedDB);
  const platform = browserPlatform(database);
  const device = await browserDevice(database);
  const { host, origin, protocol } = page.location;
  const caller = { kind: "web", agent: `homie-web ${version}`, origin, device } as const;
  const server = `${protocol === "https:" ? "wss" : "ws"}://${host}`;
  return { platform, caller, host, server, runsOn: deviceName(page.navigator.userAgent) };
}
