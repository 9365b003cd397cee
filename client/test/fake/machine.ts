// A machine that speaks the wire as a script tells it to. Its key and its signatures are of a simple kind of their own:
// the real ones are tested where they are made.

import { decodeControl, type Envelope, encodeControl } from "../../src/control.ts";
import { decodeFrame, encodeFrame, type Frame, Kind } from "../../src/frame.ts";
import type { Role } from "../../src/generated/types.ts";
import type { Device, Platform, Socket, SocketHandlers, Verifier } from "../../src/platform.ts";
import type { MethodName } from "../../src/protocol.ts";
import { type Transcript, transcriptBytes } from "../../src/transcript.ts";
import { keyId } from "../../src/webcrypto.ts";
import { type FakeClock, settled } from "./clock.ts";
import { PARAMS } from "./doors.ts";
import { seeded, seededBytes } from "./random.ts";

/** 64 bytes that depend on key and message. */
export function fakeSignature(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const sum = [...key, ...bytes].reduce((total, byte) => (Math.imul(total, 31) + byte) >>> 0, 7);
  return Uint8Array.from({ length: 64 }, (_, at) => (sum >>> (at % 24)) & 0xff);
}

export const fakeVerifier: Verifier = {
  sha256: async (bytes) => fakeSignature(bytes, bytes).slice(0, 32),
  verify: async (_alg, key, bytes, sig) => fakeSignature(key, bytes).every((byte, at) => byte === sig[at]),
};

export async function fakeDevice(): Promise<Device> {
  const key = new Uint8Array(32).fill(9);
  const id = await keyId(fakeVerifier, key);
  return { id, alg: "ed25519", key, sign: async (bytes) => fakeSignature(key, bytes) };
}

/** One end of a socket that the script holds. */
export class MachineEnd {
  /** Frames that came and were not looked at yet. */
  readonly inbox: Frame[] = [];
  readonly closed: { code: number; reason: string }[] = [];
  isOpen = false;
  buffered = 0;

  constructor(
    readonly url: string,
    readonly machine: FakeMachine,
    private readonly handlers: SocketHandlers,
  ) {}

  async open(): Promise<void> {
    this.isOpen = true;
    this.handlers.onOpen();
    await settled();
  }

  /** The link breaks without a word. */
  async cut(code = 1006): Promise<void> {
    this.isOpen = false;
    this.handlers.onClose(code, "");
    await settled();
  }

  send(frame: Partial<Frame> & Pick<Frame, "kind">): void {
    const whole = { flags: 0, channel: 0, offset: 0, payload: new Uint8Array(0), ...frame };
    this.handlers.onMessage(encodeFrame(whole));
  }

  sendRaw(message: Uint8Array | string): void {
    this.handlers.onMessage(message);
  }

  say(envelope: Envelope, channel = 0, offset = 0): void {
    const isGreeting = ["welcome", "ready", "bye"].includes(envelope.t);
    const payload = encodeControl(envelope, isGreeting ? "greeting" : "answers");
    this.send({ kind: Kind.control, channel, offset, payload });
  }

  /** The next frame of this kind, which must be there. */
  take(kind: Kind): Frame {
    const at = this.inbox.findIndex((frame) => frame.kind === kind);
    const [frame] = at < 0 ? [] : this.inbox.splice(at, 1);
    if (frame === undefined) throw new Error(`no frame of kind ${kind} has come`);
    return frame;
  }

  has(kind: Kind): boolean {
    return this.inbox.some((frame) => frame.kind === kind);
  }

  takeGreeting<T extends "hello" | "prove" | "bye">(tag: T): Envelope<T> {
    return this.#expect(decodeControl(this.take(Kind.control).payload, "greeting"), tag);
  }

  takeRequest(): Envelope<"request"> {
    const request = this.#expect(decodeControl(this.take(Kind.control).payload, "requests"), "request");
    // A real machine looks at every parameter, so this one does too.
    PARAMS[request.method as MethodName](request.params);
    return request;
  }

  answer(request: Envelope<"request">, ok: unknown): void {
    this.say({ t: "response", id: request.id, ok });
  }

  /** The whole greeting, as an honest machine does it. */
  async greet(role: Role = "operator"): Promise<void> {
    await this.open();
    const transcript = this.welcome(this.takeGreeting("hello"));
    await settled();
    const { sig } = this.takeGreeting("prove");
    const side = `client-of-${this.machine.service}` as const;
    const proved = transcriptBytes(transcript, side);
    if (!(await fakeVerifier.verify("ed25519", this.machine.deviceKey, proved, sig))) {
      throw new Error("the client's proof is wrong");
    }
    this.say({ t: "ready", role, circuit: "a".repeat(26) });
    await settled();
  }

  welcome(hello: Envelope<"hello">, change: Partial<Envelope<"welcome">> = {}): Transcript {
    const { key, service } = this.machine;
    const nonce = new Uint8Array(32).fill(5);
    const transcript: Transcript = {
      serverKey: key,
      deviceId: hello.device?.id,
      clientNonce: hello.nonce.slice(),
      serverNonce: nonce,
      clientVersions: hello.versions,
      serverVersions: { min: 1, max: 1 },
      version: 1,
      host: hello.host,
      origin: hello.origin,
    };
    const sig = fakeSignature(key, transcriptBytes(transcript, service));
    const honest = {
      version: 1,
      versions: { min: 1, max: 1 },
      service,
      key,
      alg: "ed25519",
      nonce,
      name: "desk",
      sig,
    };
    this.say({ t: "welcome", ...honest, ...change } as Envelope<"welcome">);
    return transcript;
  }

  #expect<T extends Envelope["t"]>(envelope: Envelope, tag: T): Envelope<T> {
    if (envelope.t !== tag) throw new Error(`expected ${tag}, got ${envelope.t}`);
    return envelope as Envelope<T>;
  }
}

export class FakeMachine {
  readonly ends: MachineEnd[] = [];
  readonly stored = new Map<string, string>();
  service: "node" | "gateway" = "gateway";
  key = new Uint8Array(32).fill(3);
  readonly deviceKey = new Uint8Array(32).fill(9);

  constructor(readonly clock: FakeClock) {}

  /** The end of the attempt made last. */
  get end(): MachineEnd {
    const end = this.ends.at(-1);
    if (end === undefined) throw new Error("nobody has dialled");
    return end;
  }

  readonly platform = (): Platform => ({
    now: this.clock.now,
    after: this.clock.after,
    random: seededBytes(seeded(42)),
    verifier: fakeVerifier,
    storage: {
      get: async (name) => this.stored.get(name),
      set: async (name, value) => void this.stored.set(name, value),
      remove: async (name) => void this.stored.delete(name),
    },
    openSocket: (url, subprotocol, handlers) => this.#accept(url, subprotocol, handlers),
  });

  #accept(url: string, subprotocol: string, handlers: SocketHandlers): Socket {
    if (subprotocol !== "homie.v1") throw new Error("wrong subprotocol");
    const end = new MachineEnd(url, this, handlers);
    this.ends.push(end);
    return {
      send: (bytes) => {
        if (!end.isOpen) throw new Error("the socket is not open");
        end.inbox.push(decodeFrame(bytes.slice()));
      },
      close: (code, reason) => end.closed.push({ code, reason }),
      get buffered() {
        return end.buffered;
      },
    };
  }
}
