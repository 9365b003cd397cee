// An attachment at a fake machine, and short words for what the two say to each other.

import { expect } from "vitest";
import type { Attachment } from "../../src/attachment.ts";
import { Flag, type Frame, Kind } from "../../src/frame.ts";
import type { Topics } from "../../src/generated/methods.ts";
import type { AttachOutput, AttachParams } from "../../src/generated/types.ts";
import type { AttachOptions } from "../../src/viewer.ts";
import { greeted, type Story } from "./story.ts";
import { NotingViewer } from "./viewer.ts";

export const SESSION = "a".repeat(26);
export const BIRTH = `${"b".repeat(25)}a`;
export const OTHER_BIRTH = `${"c".repeat(25)}a`;
export const SIZE = { cols: 80, rows: 24 };
const NOTHING_APPLIED = { applied: 0, contested: false };
export const bytes = (text: string) => new TextEncoder().encode(text);

export interface Scene extends Story {
  readonly viewer: NotingViewer;
  readonly attachment: Attachment;
  channel: number;
  /** Reads the attach that has come. */
  asked(): AttachParams;
  /** Answers it. */
  opened(output?: Partial<AttachOutput>): AttachParams;
  refused(code: "writer_unknown" | "not_found" | "busy" | "unreachable"): void;
  output(offset: number, text: string): void;
  event<T extends keyof Topics>(topic: T, data: Topics[T], seq: number, offset?: number): void;
  applied(offset: number, output?: number, flags?: number): void;
  /** What has been typed into the link since the last look. */
  typed(): string[];
  acks(): number[];
  /** A piece of a snapshot. */
  piece(offset: number, text: string, flags?: number): void;
  /** Acknowledgements with what they say: `last 5` for a snapshot that is shown. */
  told(): string[];
  /** The code and the words with which the link was ended. */
  fault(): string | undefined;
}

export async function scene(options: Partial<AttachOptions> = {}): Promise<Scene> {
  const story = await greeted();
  const { end, circuit } = story;
  const viewer = new NotingViewer();
  const attachment = circuit.attach(
    { session: SESSION, mode: "interactive", visible: true, ...options },
    viewer,
  );
  let id = 0;
  const take = <T>(kind: 3 | 5, read: (frame: Frame) => T) => {
    const taken: T[] = [];
    while (end().has(kind)) taken.push(read(end().take(kind)));
    return taken;
  };
  const scene: Scene = {
    ...story,
    viewer,
    attachment,
    channel: 0,
    asked: () => {
      const request = end().takeRequest();
      expect(request.method).toBe("terminal.session.attach");
      const params = request.params as AttachParams;
      id = request.id;
      scene.channel = params.channel;
      return params;
    },
    opened: (output = {}) => {
      const params = scene.asked();
      const ok = {
        incarnation: BIRTH,
        from: params.from ?? 0,
        size: SIZE,
        input: NOTHING_APPLIED,
        snapshot: false,
        drives: true,
        ...output,
      };
      end().say({ t: "response", id, ok });
      return params;
    },
    refused: (code) => end().say({ t: "response", id, error: { code, message: "no" } }),
    output: (offset, text) =>
      end().send({ kind: Kind.output, channel: scene.channel, offset, payload: bytes(text) }),
    event: (topic, data, seq, offset = 0) =>
      end().say({ t: "event", topic, seq, data }, scene.channel, offset),
    applied: (offset, output = 0, flags = 0) => {
      const payload = new Uint8Array(8);
      new DataView(payload.buffer).setBigUint64(0, BigInt(output));
      end().send({ kind: Kind.ack, flags, channel: scene.channel, offset, payload });
    },
    typed: () => take(Kind.input, ({ offset, payload }) => `${offset}:${new TextDecoder().decode(payload)}`),
    acks: () => take(Kind.ack, ({ offset }) => offset),
    piece: (offset, text, flags = 0) =>
      end().send({ kind: Kind.snapshot, flags, channel: scene.channel, offset, payload: bytes(text) }),
    told: () => take(Kind.ack, ({ flags, offset }) => `${flags === Flag.last ? "last " : ""}${offset}`),
    fault: () => {
      const state = circuit.connection.getSnapshot();
      return "why" in state ? `${state.why.code} ${state.why.message}` : undefined;
    },
  };
  return scene;
}

export async function attached(options: Partial<AttachOptions> = {}): Promise<Scene> {
  const it = await scene(options);
  it.opened();
  it.viewer.take();
  return it;
}
