// The check that each answer and each event passes at the door. A method or a topic without one does not compile.

import {
  binary,
  boolean,
  type Check,
  formed,
  i32,
  id,
  integer,
  listOf,
  mapOf,
  offset,
  oneOf,
  optional,
  structure,
  text,
  u16,
  u32,
  whole,
} from "./codec/shape.ts";
import { clientKind, type Envelope, refusal, role } from "./control.ts";
import { WireError } from "./errors.ts";
import { GRID_MAX, OFFSET_END } from "./generated/limits.ts";
import type { Methods, Topics } from "./generated/methods.ts";

export type MethodName = keyof Methods;
export type Params<M extends MethodName> = Methods[M]["params"];
export type Result<M extends MethodName> = Methods[M]["result"];
export type TopicName = keyof Topics;

const isGrid = (side: number) => side >= 1 && side <= GRID_MAX;
export const size = whole(
  structure({ cols: u16, rows: u16 }),
  ({ cols, rows }) => isGrid(cols) && isGrid(rows),
  `columns and rows from 1 to ${GRID_MAX}`,
);
export const gap = structure({ from: offset, to: offset });
export const exitStatus = structure({ code: optional(i32), signal: optional(i32) });
const empty = structure({});
const time = integer(OFFSET_END - 1);
const line = integer(OFFSET_END - 1);
export const face = structure({
  title: optional(text),
  folder: optional(text),
  attention: optional(structure({ kind: oneOf("bell", "message"), text: optional(text) })),
  preview: listOf(text),
});
export const match = structure({ line, column: u32, text });
const recording = structure({
  id,
  session: id,
  name: text,
  started_at: time,
  ended_at: optional(time),
  bytes: time,
  is_full: boolean,
});
const session = structure({
  id,
  incarnation: id,
  name: text,
  command: listOf(text),
  cwd: text,
  size,
  state: oneOf("running", "exited", "lost", "ended"),
  exit: optional(exitStatus),
  viewers: u32,
  created_at: time,
  last_activity_at: time,
  pid: optional(u32),
  holder_pid: optional(u32),
  face,
  recording: boolean,
});
export const sixDigits = formed(/^[0-9]{6}$/, "six digits");
const pairing = structure({
  id,
  way: oneOf("qr", "code", "secret", "machine"),
  stage: oneOf("open", "waiting", "approved", "refused", "expired", "spent"),
  left_ms: u32,
  failed: u32,
  applicant: optional(
    structure({ device: id, name: text, platform: text, kind: clientKind, machine: optional(id) }),
  ),
});

const device = structure({
  id,
  name: text,
  role,
  kind: clientKind,
  platform: optional(text),
  added_at: time,
  seen_at: optional(time),
  is_revoked: boolean,
  is_machine: boolean,
});
const presence = structure({
  host: text,
  platform: structure({ os: text, version: text, arch: text }),
  homie: text,
  addresses: listOf(text),
  tags: listOf(text),
  services: mapOf(structure({ version: u16, features: listOf(text) })),
});
const machine = structure({
  id,
  name: text,
  is_own: boolean,
  state: oneOf("up", "calling", "away"),
  why: optional(text),
  seen_at: optional(time),
  through: optional(text),
  origins: listOf(text),
  tags: listOf(text),
  presence: optional(presence),
  unlisted: u32,
});
const found = structure({
  node: id,
  name: text,
  homie: optional(text),
  places: listOf(structure({ by: oneOf("tailnet", "settings", "lan"), address: text })),
});
const sessionPlace = structure({ machine: id, session: id });
export const signedEntry = structure({ entry: binary(), sig: binary(64) });

export const RESULTS: { readonly [M in MethodName]: Check<Result<M>> } = {
  "terminal.session.start": structure({ session }),
  "terminal.session.list": structure({ sessions: listOf(session), next: optional(id) }),
  "terminal.session.attach": structure({
    incarnation: id,
    from: offset,
    gap: optional(gap),
    input: optional(structure({ applied: offset, contested: boolean })),
    size,
    snapshot: boolean,
    drives: boolean,
  }),
  "terminal.session.detach": empty,
  "terminal.session.resize": structure({ drives: boolean }),
  "terminal.session.show": empty,
  "terminal.session.snapshot": empty,
  "terminal.session.get": structure({ session }),
  "terminal.session.signal": empty,
  "terminal.session.input": empty,
  "terminal.session.kill": empty,
  "terminal.session.rename": structure({ session }),
  "terminal.session.rerun": structure({ session }),
  "terminal.session.search": structure({
    hits: listOf(structure({ session: id, at: match })),
    silent: listOf(id),
  }),
  "terminal.session.capture": structure({ text, next: optional(line) }),
  "terminal.session.recording.start": structure({ recording }),
  "terminal.session.recording.stop": structure({ recording }),
  "terminal.session.recording.list": structure({ recordings: listOf(recording), next: optional(id) }),
  "terminal.session.recording.read": structure({ bytes: binary() }),
  "terminal.session.recording.remove": empty,
  "pairing.redeem": structure({ device: id, role, node: id }),
  "pairing.offer": structure({
    id,
    link: text,
    deep_link: optional(text),
    code: optional(sixDigits),
    valid_ms: u32,
  }),
  "pairing.pending": structure({ revision: u32, pairing: optional(pairing) }),
  "pairing.approve": structure({ device: id, name: text, role }),
  "pairing.refuse": empty,
  "pairing.begin": structure({ id, key: binary(32), nonce: binary(32), sig: binary(64) }),
  "pairing.reveal": empty,
  "pairing.await": structure({
    paired: optional(structure({ device: id, role, node: id, mac: binary(32) })),
  }),
  "mesh.roster.names": structure({ root: binary(32), names: listOf(binary(32)) }),
  "mesh.roster.read": structure({ entries: listOf(signedEntry) }),
  "mesh.roster.tell": structure({ role }),
  "mesh.roster.wait": structure({ head: binary(32) }),
  "mesh.device.list": structure({ devices: listOf(device), next: optional(id) }),
  "mesh.device.rename": structure({ device }),
  "mesh.device.role": structure({ device }),
  "mesh.device.revoke": structure({ device }),
  "mesh.machine.list": structure({ machines: listOf(machine), next: optional(id) }),
  "mesh.session.list": structure({
    sessions: listOf(structure({ machine: id, session })),
    next: optional(sessionPlace),
  }),
  "mesh.machine.found": structure({ found: listOf(found), unlisted: u32 }),
  "presence.get": presence,
  "mesh.start.meet": structure({
    own: id,
    others: listOf(id),
    signed: listOf(structure({ start: id, sig: binary(64) })),
    twins: listOf(id),
  }),
};

const DATA: { readonly [T in TopicName]: Check<Topics[T]> } = {
  "mesh.machine.changed": structure({ machine: optional(machine), removed: optional(id) }),
  "mesh.session.changed": structure({
    machine: id,
    session: optional(session),
    removed: optional(id),
  }),
  "terminal.session.changed": structure({ session: optional(session), removed: optional(id) }),
  "terminal.session.gap": gap,
  "terminal.session.resized": structure({ size }),
  "terminal.session.exited": structure({ status: exitStatus }),
  "terminal.session.driver": structure({ drives: boolean }),
  "terminal.session.clipboard": structure({ text: binary() }),
  "terminal.session.detached": structure({ reason: refusal }),
};

function isTopic(topic: string): topic is TopicName {
  return Object.hasOwn(DATA, topic);
}

/** An event that has passed the door. */
export type Told = { [T in TopicName]: { readonly topic: T; readonly data: Topics[T] } }[TopicName];

export function told({ topic, data }: Envelope<"event">): Told {
  if (!isTopic(topic)) throw new WireError("unknown_variant", `there is no topic ${topic}`, "topic");
  return { topic, data: (DATA[topic] as Check<unknown>)(data) } as Told;
}
