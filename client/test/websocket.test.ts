// The adapter between a platform's WebSocket and our socket.

import { describe, expect, it } from "vitest";
import { type WebSocketLike, webSocketOpener } from "../src/websocket.ts";

class PlatformSocket implements WebSocketLike {
  static last: PlatformSocket;
  binaryType = "blob";
  bufferedAmount = 7;
  readonly sent: Uint8Array[] = [];
  readonly closes: unknown[] = [];
  readonly #listeners = new Map<string, (event: never) => void>();

  constructor(
    readonly url: string,
    readonly subprotocol: string,
  ) {
    PlatformSocket.last = this;
  }

  send(bytes: Uint8Array): void {
    this.sent.push(bytes);
  }

  close(code?: number, reason?: string): void {
    this.closes.push([code, reason]);
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.set(type, listener);
  }

  emit(type: string, event: unknown): void {
    this.#listeners.get(type)?.(event as never);
  }
}

describe("the adapter", () => {
  it("passes everything on, both ways, and asks for bytes", () => {
    const heard: unknown[] = [];
    const socket = webSocketOpener(PlatformSocket)("ws://desk/ws", "homie.v1", {
      onOpen: () => heard.push("open"),
      onMessage: (message) => heard.push(message),
      onClose: (code, reason) => heard.push([code, reason]),
    });
    const { last } = PlatformSocket;
    expect([last.url, last.subprotocol, last.binaryType]).toEqual([
      "ws://desk/ws",
      "homie.v1",
      "arraybuffer",
    ]);
    last.emit("open", {});
    last.emit("message", { data: Uint8Array.of(1, 2).buffer });
    last.emit("message", { data: "text" });
    last.emit("close", { code: 4303, reason: "bye" });
    expect(heard).toEqual(["open", Uint8Array.of(1, 2), "text", [4303, "bye"]]);
    socket.send(Uint8Array.of(3));
    socket.close(1000, "");
    expect([last.sent, last.closes, socket.buffered]).toEqual([[Uint8Array.of(3)], [[1000, ""]], 7]);
  });
});
