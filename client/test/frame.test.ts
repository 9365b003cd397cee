// The 16 bytes: round trips and refusals.

import { describe, expect, it } from "vitest";
import { WireError } from "../src/errors.ts";
import { decodeFrame, encodeFrame, Flag, type Frame, Kind } from "../src/frame.ts";

const NOTHING = new Uint8Array(0);
const frame = (fields: Partial<Frame>): Frame => ({
  kind: Kind.output,
  flags: 0,
  channel: 1,
  offset: 0,
  payload: Uint8Array.of(1),
  ...fields,
});

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof WireError) return thrown.code;
    throw thrown;
  }
  return "accepted";
}

describe("a frame", () => {
  it("is laid out as drawn", () => {
    const encoded = encodeFrame(
      frame({ kind: Kind.ack, flags: Flag.echo, channel: 3, offset: 2 ** 53 - 1, payload: NOTHING }),
    );
    expect([...encoded]).toEqual([5, 4, 0, 0, 0, 0, 0, 3, 0, 0x1f, 255, 255, 255, 255, 255, 255]);
  });

  it.each([
    frame({}),
    frame({ offset: 2 ** 32 }),
    frame({ offset: 2 ** 53 - 1, channel: 2 ** 32 - 1 }),
    frame({ kind: Kind.snapshot, flags: Flag.last | Flag.skip }),
    frame({ kind: Kind.ack, flags: Flag.echo | Flag.icanon, payload: new Uint8Array(8) }),
    frame({ kind: Kind.control, channel: 0 }),
    frame({ kind: Kind.ping, channel: 0, payload: new Uint8Array(64) }),
  ])("comes back as it went: %#", (sample) => {
    expect(decodeFrame(encodeFrame(sample))).toEqual(sample);
  });

  it("has a payload that stays where it is", () => {
    const encoded = encodeFrame(frame({}));
    expect(decodeFrame(encoded).payload.buffer).toBe(encoded.buffer);
  });

  it.each([
    ["an unknown kind", frame({ kind: 9 as Kind }), "frame_kind"],
    ["kind 0", frame({ kind: 0 as Kind }), "frame_kind"],
    ["a flag of another kind", frame({ flags: Flag.last }), "frame_flags"],
    ["an unknown flag", frame({ kind: Kind.ack, flags: 0x10, payload: NOTHING }), "frame_flags"],
    ["output on channel 0", frame({ channel: 0 }), "channel"],
    ["a ping on a channel", frame({ kind: Kind.ping }), "channel"],
    ["an offset on channel 0", frame({ kind: Kind.control, channel: 0, offset: 1 }), "offset"],
    ["an offset of 2^53", frame({ offset: 2 ** 53 }), "offset"],
    ["empty output", frame({ payload: NOTHING }), "frame_payload"],
    ["too much output", frame({ payload: new Uint8Array(65_537) }), "frame_payload"],
    ["an ack of 7 bytes", frame({ kind: Kind.ack, payload: new Uint8Array(7) }), "frame_payload"],
    [
      "a ping of 65 bytes",
      frame({ kind: Kind.ping, channel: 0, payload: new Uint8Array(65) }),
      "frame_payload",
    ],
  ])("refuses %s, both ways", (_name, sample, code) => {
    expect(codeOf(() => encodeFrame(sample))).toBe(code);
    expect(codeOf(() => decodeFrame(unchecked(sample)))).toBe(code);
  });

  it("refuses a short header and a zero field that is not", () => {
    expect(codeOf(() => decodeFrame(new Uint8Array(15)))).toBe("frame_short");
    const encoded = encodeFrame(frame({}));
    encoded[3] = 1;
    expect(codeOf(() => decodeFrame(encoded))).toBe("frame_zero");
  });
});

/** The bytes of a frame that the encoder would refuse. */
function unchecked(sample: Frame): Uint8Array {
  const bytes = new Uint8Array(16 + sample.payload.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = sample.kind;
  bytes[1] = sample.flags;
  view.setUint32(4, sample.channel);
  view.setBigUint64(8, BigInt(sample.offset));
  return bytes;
}
