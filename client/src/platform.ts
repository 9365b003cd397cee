// Everything this package needs from the world, handed in: clock, chance, storage, sockets, signatures.
// In a browser, a phone, a test or a plain Node process only these differ.

import type { Algorithm } from "./generated/types.ts";

/** Undoes what the call that gave it has begun. */
export type Cancel = () => void;

export interface Platform {
  /** Milliseconds. It may jump after sleep; nothing here trusts it further than that. */
  now(): number;
  /** Runs once after so many milliseconds. */
  after(milliseconds: number, run: () => void): Cancel;
  /** So many bytes that nobody can guess. */
  random(length: number): Uint8Array;
  readonly storage: Storage;
  readonly openSocket: OpenSocket;
  readonly verifier: Verifier;
}

/** A small store of texts that outlives the page. */
export interface Storage {
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string): Promise<void>;
  remove(name: string): Promise<void>;
}

/** Checks what machines and owners sign. */
export interface Verifier {
  sha256(bytes: Uint8Array): Promise<Uint8Array>;
  /** Whether this key has made this signature. A key that is none has made none. */
  verify(alg: Algorithm, key: Uint8Array, bytes: Uint8Array, signature: Uint8Array): Promise<boolean>;
}

/** This device's key. The private half stays wherever it is kept. */
export interface Device {
  /** Base32 of the first 16 bytes of SHA-256 of the public key. */
  readonly id: string;
  readonly alg: Algorithm;
  readonly key: Uint8Array;
  /** 64 bytes; `p256` in its fixed form r ‖ s. */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

export interface SocketHandlers {
  onOpen(): void;
  /** A text message is a fault of the peer; it is passed on so that it can be refused. */
  onMessage(message: Uint8Array | string): void;
  /** The last call, once, however the socket ended. */
  onClose(code: number, reason: string): void;
}

export interface Socket {
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(code: number, reason: string): void;
  /** Bytes given to `send` that have not left yet. */
  readonly buffered: number;
}

/** Opens a WebSocket with the given subprotocol. */
export type OpenSocket = (url: string, subprotocol: string, handlers: SocketHandlers) => Socket;
