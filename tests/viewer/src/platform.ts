// What the client needs from the world, as plain Node has it.

import { connect } from "node:net";
import { type Platform, type WebSocketClass, webCryptoVerifier, webSocketOpener } from "@homie/client";
import { WebSocket } from "ws";

/** The gateway's other name, for another way to it. */
export const OTHER_HOST = "localhost";

/** What is unusual about the way in which a URL is dialled. */
export interface Dialling {
  /** The ports of this machine that are really dialled, whatever the URL says: where chaos proxies listen. The second is for
   * URLs with [`OTHER_HOST`]. */
  readonly via?: readonly number[];
  /** Headers that a well-behaved client does not send. */
  readonly headers?: Record<string, string>;
}

export function nodePlatform(dialling: Dialling): Platform {
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
    openSocket: webSocketOpener(webSocketOf(dialling)),
    verifier: webCryptoVerifier(globalThis.crypto.subtle),
  };
}

function webSocketOf({ via, headers = {} }: Dialling): WebSocketClass {
  const dialled = (url: string) => {
    const port = via?.[new URL(url).hostname === OTHER_HOST ? 1 : 0];
    if (port === undefined) return {};
    return { createConnection: () => connect({ port, host: "127.0.0.1", noDelay: true }) };
  };
  class DialledWebSocket extends WebSocket {
    constructor(url: string, subprotocol: string) {
      super(url, subprotocol, { ...dialled(url), headers, perMessageDeflate: false });
      // An error that nobody hears ends the process; the close that follows says all there is to say.
      this.on("error", () => {});
    }
  }
  return DialledWebSocket as unknown as WebSocketClass;
}
