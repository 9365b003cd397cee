// The envelopes of a control frame: greeting, request, response, event, farewell. Encoded and decoded here alone.

import { decodeValue } from "./codec/decode.ts";
import { encodeValue } from "./codec/encode.ts";
import {
  anyMap,
  anything,
  binary,
  type Check,
  id,
  oneOf,
  optional,
  structure,
  text,
  u16,
  u32,
} from "./codec/shape.ts";
import { type Code, isCode } from "./codes.ts";
import { WireError } from "./errors.ts";
import { ANSWER, type Budget, GREETING, REQUEST } from "./generated/limits.ts";

/** A code this build does not know is refused: within a version the table is closed. */
function code(value: unknown): Code {
  const name = text(value);
  if (!isCode(name)) throw new WireError("unknown_variant", `${name} is not a code`);
  return name;
}

export const versions = structure({ min: u16, max: u16 });
const algorithm = oneOf("ed25519", "p256");
export const deviceKey = structure({ id, alg: algorithm, key: binary() });
export const clientKind = oneOf("web", "phone", "cli");
export const refusal = structure({ code, message: text });
export const role = oneOf("none", "viewer", "operator", "owner");
const rosterOffer = structure({ root: binary(32), head: binary(32) });
const tag = text;

const ENVELOPES = {
  hello: structure({
    t: tag,
    versions,
    device: optional(deviceKey),
    kind: clientKind,
    agent: text,
    nonce: binary(32),
    host: text,
    origin: optional(text),
  }),
  welcome: structure({
    t: tag,
    version: u16,
    versions,
    service: oneOf("node", "gateway"),
    key: binary(32),
    alg: algorithm,
    nonce: binary(32),
    name: text,
    sig: binary(64),
    roster: optional(rosterOffer),
  }),
  prove: structure({ t: tag, sig: binary(64), roster: optional(rosterOffer) }),
  ready: structure({ t: tag, role, circuit: id }),
  request: structure({ t: tag, id: u32, method: text, params: anything, key: optional(id) }),
  response: structure({ t: tag, id: u32, ok: optional(anything), error: optional(refusal) }),
  event: structure({ t: tag, topic: text, seq: u32, data: anything }),
  bye: structure({ t: tag, code, message: text }),
} as const;

export type Tag = keyof typeof ENVELOPES;
export type Envelope<T extends Tag = Tag> = {
  [K in Tag]: { readonly t: K } & Omit<ReturnType<(typeof ENVELOPES)[K]>, "t">;
}[T];

/** Who reads, and when: it sets the budget and which envelopes may come. */
export type Reading = "greeting" | "requests" | "answers";

const READINGS: Readonly<Record<Reading, { budget: Budget; tags: readonly Tag[] }>> = {
  greeting: { budget: GREETING, tags: ["hello", "welcome", "prove", "ready", "bye"] },
  requests: { budget: REQUEST, tags: ["request", "bye"] },
  answers: { budget: ANSWER, tags: ["response", "event", "bye"] },
};

export function decodeControl(payload: Uint8Array, reading: Reading): Envelope {
  const { budget, tags } = READINGS[reading];
  const map = anyMap(decodeValue(payload, budget));
  const { t } = map;
  if (t === undefined) throw new WireError("missing_field", "t is missing", "t");
  if (typeof t !== "string") throw new WireError("wrong_type", "expected text", "t");
  const found = tags.find((name) => name === t);
  if (found === undefined) throw new WireError("unknown_variant", `${t} has no place here`, "t");
  (ENVELOPES[found] as Check<unknown>)(map);
  if (found === "response") checkOutcome(map);
  return map as unknown as Envelope;
}

export function encodeControl(envelope: Envelope, reading: Reading): Uint8Array<ArrayBuffer> {
  return encodeValue(envelope, READINGS[reading].budget);
}

/** A response says one thing: its result, or why there is none. */
function checkOutcome(map: Record<string, unknown>): void {
  const hasResult = Object.hasOwn(map, "ok");
  const hasError = Object.hasOwn(map, "error");
  if (hasResult && hasError) throw new WireError("unknown_field", "ok beside error", "ok");
  if (!hasResult && !hasError) throw new WireError("missing_field", "ok is missing", "ok");
}
