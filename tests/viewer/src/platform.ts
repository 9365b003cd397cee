// What the client needs from the world, as plain Node has it.

import { connect } from "node:net";
import { type Platform, type WebSocketClass, webCryptoVerifier, webSocketOpener } from "@homie/client";
import { WebSocket } from "ws";

/** `via` is the port that is really dialled, whatever a URL says: where the chaos proxy listens. */
export function nodePlatform(via: number): Platform {
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
    openSocket: webSocketOpener(webSocketVia(via)),
    verifier: webCryptoVerifier(globalThis.crypto.subtle),
  };
}

function webSocketVia(port: number): WebSocketClass {
  const createConnection = () => connect({ port, host: "127.0.0.1", noDelay: true });
  class WebSocketVia extends WebSocket {
    constructor(url: string, subprotocol: string) {
      super(url, subprotocol, { createConnection, perMessageDeflate: false });
      // An error that nobody hears ends the process; the close that follows says all there is to say.
      this.on("error", () => {});
    }
  }
  return WebSocketVia as unknown as WebSocketClass;
}
