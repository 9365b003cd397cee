// What the client needs from the world, as a browser has it.

import {
  createDevice,
  type Device,
  deviceOf,
  type Platform,
  type StoredDevice,
  webCryptoVerifier,
  webSocketOpener,
} from "@homie/client";
import type { Database } from "./database.ts";

const DEVICE = "device";

export function browserPlatform(database: Database): Platform {
  return {
    now: () => Date.now(),
    after: (milliseconds, run) => {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    storage: {
      get: async (name) => {
        const value = await database.get(name);
        return typeof value === "string" ? value : undefined;
      },
      set: (name, value) => database.set(name, value),
      remove: (name) => database.remove(name),
    },
    openSocket: webSocketOpener(WebSocket),
    verifier: webCryptoVerifier(crypto.subtle),
  };
}

/** This browser's key: made once, and never readable. Two tabs that make one at once agree on the first that is stored. */
export async function browserDevice(database: Database): Promise<Device> {
  const stored = await database.get(DEVICE);
  if (stored !== undefined) return deviceOf(crypto.subtle, stored as StoredDevice);
  const made = await createDevice(crypto.subtle);
  const kept = await database.setIfAbsent(DEVICE, made);
  return deviceOf(crypto.subtle, kept as StoredDevice);
}

/** What people will see in the list of devices. */
export function deviceName(userAgent: string): string {
  const browser = /(Firefox|Edg|Chrome|Safari)\//.exec(userAgent)?.[1] ?? "Browser";
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(userAgent)?.[1];
  const name = browser === "Edg" ? "Edge" : browser;
  return system === undefined ? name : `${name} on ${system === "Mac OS X" ? "macOS" : system}`;
}
