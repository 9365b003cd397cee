// The 16 bytes every frame starts with, and all that is refused about them.
//
//  0      1       2        4            8                16
//  | kind | flags | zero   | channel    | offset         | payload …
//    u8     u8      u16      u32          u64
//
// A decoded payload is a view into the bytes that came; whoever keeps it copies it.

import { WireError } from "./errors.ts";
import { ANSWER, OFFSET_END, PAYLOAD_MAX, PING_MAX } from "./generated/limits.ts";

export const HEADER_BYTES = 16;

export const Kind = {
  control: 1,
  output: 2,
  input: 3,
  snapshot: 4,
  ack: 5,
  chunk: 6,
  ping: 7,
  pong: 8,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

export const Flag = { last: 0x01, skip: 0x02, echo: 0x04, icanon: 0x08 } as const;

export interface Frame {
  readonly kind: Kind;
  readonly flags: number;
  readonly channel: number;
  readonly offset: number;
  readonly payload: Uint8Array;
}

/** What one kind allows: flags, where its channel may lie, and how long its payload may be. */
interface KindRule {
  readonly flags: number;
  readonly channel: "circuit" | "session" | "either";
  readonly least: number;
  readonly most: number;
}

const STREAM: KindRule = { flags: 0, channel: "session", least: 1, most: PAYLOAD_MAX };
const LIVENESS: KindRule = { flags: 0, channel: "circuit", least: 0, most: PING_MAX };

const RULES: Readonly<Record<Kind, KindRule>> = {
  [Kind.control]: { flags: 0, channel: "either", least: 1, most: ANSWER.bytes },
  [Kind.output]: STREAM,
  [Kind.input]: STREAM,
  [Kind.snapshot]: { flags: Flag.last | Flag.skip, channel: "session", least: 0, most: PAYLOAD_MAX },
  [Kind.ack]: { flags: Flag.last | Flag.echo | Flag.icanon, channel: "session", least: 0, most: 8 },
  [Kind.chunk]: { flags: Flag.last, channel: "session", least: 0, most: PAYLOAD_MAX },
  [Kind.ping]: LIVENESS,
  [Kind.pong]: LIVENESS,
};

export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  check(frame);
  const bytes = new Uint8Array(HEADER_BYTES + frame.payload.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = frame.kind;
  bytes[1] = frame.flags;
  view.setUint32(4, frame.channel);
  view.setUint32(8, Math.floor(frame.offset / 2 ** 32));
  view.setUint32(12, frame.offset % 2 ** 32);
  bytes.set(frame.payload, HEADER_BYTES);
  return bytes;
}

export function decodeFrame(bytes: Uint8Array): Frame {
  if (bytes.length < HEADER_BYTES)
    throw new WireError("frame_short", "a frame has at least 16 bytes", "header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = view.getUint8(0) as Kind;
  ruleOf(kind);
  if (view.getUint16(2) !== 0) throw new WireError("frame_zero", "bytes 2 and 3 must be 0", "zero");
  const frame = {
    kind,
    flags: view.getUint8(1),
    channel: view.getUint32(4),
    offset: view.getUint32(8) * 2 ** 32 + view.getUint32(12),
    payload: bytes.subarray(HEADER_BYTES),
  };
  check(frame);
  return frame;
}

/** The refusals, in the order in which the other languages make them. */
function check({ kind, flags, channel, offset, payload }: Frame): void {
  const rule = ruleOf(kind);
  if (!(offset >= 0 && offset < OFFSET_END))
    throw new WireError("offset", "an offset is below 2^53", "offset");
  if ((flags & ~rule.flags) !== 0) throw new WireError("frame_flags", "this kind has no such flag", "flags");
  const misplaced = channel === 0 ? rule.channel === "session" : rule.channel === "circuit";
  if (misplaced) throw new WireError("channel", "this kind has no place on this channel", "channel");
  if (channel === 0 && offset !== 0) throw new WireError("offset", "on channel 0 the offset is 0", "offset");
  if (!fits(rule, kind, payload.length)) {
    throw new WireError("frame_payload", `${payload.length} bytes do not fit this kind`, "payload");
  }
}

function fits(rule: KindRule, kind: Kind, length: number): boolean {
  if (kind === Kind.ack) return length === 0 || length === 8;
  return length >= rule.least && length <= rule.most;
}

function ruleOf(kind: number): KindRule {
  const rule = RULES[kind as Kind] as KindRule | undefined;
  if (rule === undefined) throw new WireError("frame_kind", `there is no kind ${kind}`, "kind");
  return rule;
}
