// A platform's own WebSocket behind our small socket interface.

import type { OpenSocket } from "./platform.ts";

/** The part of a WebSocket that is used; those of browsers, React Native and Node fit. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: "open", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { data: ArrayBuffer | string }) => void): void;
  addEventListener(type: "close", listener: (event: { code: number; reason: string }) => void): void;
}

export type WebSocketClass = new (url: string, subprotocol: string) => WebSocketLike;

export function webSocketOpener(WebSocketClass: WebSocketClass): OpenSocket {
  return (url, subprotocol, handlers) => {
    const socket = new WebSocketClass(url, subprotocol);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => handlers.onOpen());
    socket.addEventListener("message", ({ data }) => {
      handlers.onMessage(typeof data === "string" ? data : new Uint8Array(data));
    });
    socket.addEventListener("close", ({ code, reason }) => {
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
