// What the client needs from the world, as plain Node has it.

import { type Platform, type WebSocketClass, webCryptoVerifier, webSocketOpener } from "@homie/client";
import { WebSocket } from "ws";

export function nodePlatform(): Platform {
  const texts = new Map<string, string>();
  return {
    now: () => Date.now(),
    after: (milliseconds, run) => {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
    random: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
    storage: {
      get: async (name) => texts.get(name),
      set: async (name, value) => void texts.set(name, value),
      remove: async (name) => void texts.delete(name),
    },
    openSocket: webSocketOpener(WebSocket as unknown as WebSocketClass),
    verifier: webCryptoVerifier(globalThis.crypto.subtle),
  };
}
