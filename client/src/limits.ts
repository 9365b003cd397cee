// Numbers of the wire, each with its unit. They are the same as in the Rust table of limits.

/** Offsets and integers stay below this, so that a JavaScript number holds them exactly. */
export const OFFSET_END = 2 ** 53;
/** Bytes of one output, input, snapshot or chunk frame. */
export const PAYLOAD_MAX = 65_536;
/** Bytes a ping may carry. */
export const PING_MAX = 64;
/** How many maps and arrays may stand inside each other. */
export const DEPTH_MAX = 16;
/** Keys of one map. */
export const MAP_KEYS_MAX = 256;
/** Bytes of one writer that may fly unacknowledged. */
export const INPUT_WINDOW = 65_536;
/** Requests that may wait for an answer at once. */
export const REQUESTS_WAITING_MAX = 128;
/** Milliseconds a hello may take. */
export const HELLO_LIMIT = 5_000;
/** Unapplied input older than this many milliseconds is never sent again unasked. */
export const RESEND_LIMIT = 30_000;

/** What one envelope may be: bytes on the wire, and MessagePack values in it. */
export interface Budget {
  readonly bytes: number;
  readonly values: number;
}

export const GREETING_BUDGET: Budget = { bytes: 8_192, values: 64 };
export const REQUEST_BUDGET: Budget = { bytes: 262_144, values: 4_096 };
export const ANSWER_BUDGET: Budget = { bytes: 1_048_576, values: 16_384 };
