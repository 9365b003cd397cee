// A platform's own WebSocket behind our small socket interface.

import type { OpenSocket } from "./platform.ts";

/** The part of a WebSocket that is used; those of browsers, React Native and Node fit. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  send(bytes: Uint8Array): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: string, listener: (event: never) => void): void;
}

export type WebSocketClass = new (url: string, subprotocol: string) => WebSocketLike;

export function webSocketOpener(WebSocketClass: WebSocketClass): OpenSocket {
  return (url, subprotocol, handlers) => {
    const socket = new WebSocketClass(url, subprotocol);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => handlers.onOpen());
    socket.addEventListener("message", ({ data }: { data: ArrayBuffer | string }) => {
      handlers.onMessage(typeof data === "string" ? data : new Uint8Array(data));
    });
    socket.addEventListener("close", ({ code, reason }: { code: number; reason: string }) => {
      handlers.onClose(code, reason);
    });
    return {
      send: (bytes) => socket.send(bytes),
      close: (code, reason) => socket.close(code, reason),
      get buffered() {
        return socket.bufferedAmount;
      },
    };
  };
}
