// The doors of the other side: what a node checks of a client, and node and holder of each other. The product never
// decodes these; the tests do, so that fake machines are strict and every golden vector is looked at.

import {
  anyMap,
  binary,
  boolean,
  type Check,
  formed,
  id,
  integer,
  listOf,
  offset,
  oneOf,
  optional,
  structure,
  text,
  u16,
  u32,
  whole,
  within,
} from "../../src/codec/shape.ts";
import { deviceKey, refusal, role, versions } from "../../src/control.ts";
import { WireError } from "../../src/errors.ts";
import { PAYLOAD_MAX } from "../../src/generated/limits.ts";
import type { Methods } from "../../src/generated/methods.ts";
import { exitStatus, face, gap, match, signedEntry, sixDigits, size } from "../../src/protocol.ts";

const delivery = oneOf("screen", "bytes", "lossless");
const colour = integer(0xff_ffff);
const theme = structure({ foreground: colour, background: colour, cursor: colour });
const mode = oneOf("interactive", "watch");
const writerId = formed(/^[0-9a-f]{16}$/, "16 hexadecimal digits");
const writer = structure({ id: writerId, sent: offset });

const signal = oneOf("int", "quit", "tstp", "term", "hup", "cont", "usr1", "usr2", "kill");
const isTyped = ({ length }: Uint8Array) => length >= 1 && length <= PAYLOAD_MAX;
const typed = whole(binary(), isTyped, `1 to ${PAYLOAD_MAX} bytes`);

export const PARAMS: { readonly [M in keyof Methods]: Check<Methods[M]["params"]> } = {
  "terminal.session.start": structure({
    name: optional(text),
    command: optional(listOf(text)),
    cwd: optional(text),
    env: optional(texts),
    size,
    pipes: optional(boolean),
  }),
  "terminal.session.list": structure({ subscribe: optional(boolean), after: optional(id) }),
  "terminal.session.attach": structure({
    channel: u32,
    session: id,
    incarnation: optional(id),
    from: optional(offset),
    mode,
    writer: optional(writer),
    size: optional(size),
    visible: boolean,
    delivery: optional(delivery),
    theme: optional(theme),
  }),
  "terminal.session.detach": structure({ channel: u32 }),
  "terminal.session.resize": structure({
    session: id,
    size,
    channel: optional(u32),
    take: optional(boolean),
    theme: optional(theme),
  }),
  "terminal.session.show": structure({ channel: u32, visible: boolean }),
  "terminal.session.snapshot": structure({ channel: u32, history: u32 }),
  "terminal.session.rerun": structure({ session: id, size }),
  "terminal.session.search": structure({
    session: optional(id),
    text,
    ignore_case: optional(boolean),
    limit: optional(u32),
  }),
  "terminal.session.capture": structure({
    session: id,
    scrollback: optional(boolean),
    ansi: optional(boolean),
    from: optional(offset),
  }),
  "terminal.session.recording.start": structure({ session: id }),
  "terminal.session.recording.stop": structure({ session: id }),
  "terminal.session.recording.list": structure({ after: optional(id) }),
  "terminal.session.recording.read": structure({ recording: id, from: offset }),
  "terminal.session.recording.remove": structure({ recording: id }),
  "terminal.session.get": structure({ session: id }),
  "terminal.session.signal": structure({ session: id, signal }),
  "terminal.session.input": structure({ session: id, bytes: typed }),
  "terminal.session.kill": structure({ session: id }),
  "terminal.session.rename": structure({ session: id, name: text }),
  "pairing.redeem": structure({ secret: id, name: text }),
  "pairing.offer": structure({ way: oneOf("qr", "code") }),
  "pairing.pending": structure({ seen: optional(u32) }),
  "pairing.approve": structure({ id, digits: sixDigits, role }),
  "pairing.refuse": structure({ id }),
  "pairing.begin": structure({
    version: u16,
    way: oneOf("qr", "code", "secret", "machine"),
    id: optional(id),
    commitment: binary(32),
  }),
  "pairing.reveal": structure({
    id,
    device: deviceKey,
    salt: binary(32),
    name: text,
    platform: text,
    sig: binary(64),
    mac: binary(32),
    machine: optional(structure({ key: binary(32), sig: binary(64) })),
  }),
  "pairing.await": structure({ id }),
  "mesh.roster.names": structure({}),
  "mesh.roster.read": structure({ names: listOf(binary(32)) }),
  "mesh.roster.wait": structure({ head: binary(32) }),
  "mesh.device.list": structure({ after: optional(id) }),
  "mesh.device.rename": structure({ device: id, name: text }),
  "mesh.device.role": structure({ device: id, role }),
  "mesh.device.revoke": structure({ device: id }),
  "mesh.roster.tell": structure({ root: binary(32), entries: listOf(signedEntry) }),
  "mesh.machine.list": structure({ subscribe: optional(boolean), after: optional(id) }),
  "mesh.session.list": structure({ after: optional(structure({ machine: id, session: id })) }),
  "mesh.machine.found": structure({}),
  "presence.get": structure({}),
  "mesh.start.meet": structure({
    machine: id,
    start: id,
    signed: listOf(structure({ start: id, sig: binary(64) })),
  }),
};

const t = text;
const FROM_NODE: Readonly<Record<string, Check<unknown>>> = {
  hello: structure({ t, versions, epoch: offset }),
  open: structure({ t, channel: u32, mode, from: optional(offset), writer: optional(writer), delivery }),
  close: structure({ t, channel: u32, lost: optional(boolean) }),
  resize: structure({ t, size, theme: optional(theme) }),
  driver: structure({ t, writer: optional(writerId) }),
  signal: structure({ t, ask: u32, signal }),
  input: structure({ t, ask: u32, bytes: typed }),
  end_input: structure({ t, ask: u32 }),
  kill: structure({ t, ask: u32 }),
  rename: structure({ t, ask: u32, name: text }),
  snapshot: structure({ t, channel: u32, history: u32 }),
  share: structure({ t, channel: u32, of: u16 }),
  search: structure({ t, ask: u32, text, ignore_case: boolean, limit: u32 }),
  capture: structure({ t, ask: u32, scrollback: boolean, ansi: boolean, from: optional(offset) }),
  trim: structure({ t, bytes: offset }),
  bury: structure({ t }),
};

const input = structure({ applied: offset, contested: boolean });
const memory = structure({ pipes: boolean, driver: optional(writerId), unseen_ms: offset });
const FROM_HOLDER: Readonly<Record<string, Check<unknown>>> = {
  welcome: structure({
    t,
    version: u16,
    session: id,
    incarnation: id,
    pid: u32,
    holder_pid: u32,
    size,
    start: offset,
    end: offset,
    exit: optional(exitStatus),
    last_activity_at: offset,
    face,
    history_bytes: offset,
    memory: optional(memory),
  }),
  refused: structure({ t, code: anyCode, message: text }),
  opened: structure({
    t,
    channel: u32,
    from: offset,
    gap: optional(gap),
    input: optional(input),
    size,
    snapshot: boolean,
  }),
  open_refused: structure({ t, channel: u32, reason: refusal }),
  changed: structure({
    t,
    size,
    exit: optional(exitStatus),
    last_activity_at: offset,
    face,
    history_bytes: offset,
  }),
  done: structure({ t, ask: u32, reason: optional(refusal) }),
  found: structure({ t, ask: u32, matches: listOf(match) }),
  captured: structure({ t, ask: u32, text, next: optional(offset) }),
};

/** A message of the holder's link, by who says it. */
export function checkHolderMessage(value: unknown, from: "node" | "holder"): void {
  const map = anyMap(value);
  const { t } = map;
  structure({ t: text })(t === undefined ? {} : { t });
  const check = (from === "node" ? FROM_NODE : FROM_HOLDER)[String(t)];
  if (check === undefined) throw new WireError("unknown_variant", "is not known here", "t");
  check(map);
}

function anyCode(value: unknown): string {
  return refusal({ code: value, message: "" }).code;
}

function texts(value: unknown): Record<string, string> {
  if (Array.isArray(value)) throw new WireError("wrong_type", "expected a map");
  const map = anyMap(value);
  for (const [name, entry] of Object.entries(map)) within(name, text, entry);
  return map as Record<string, string>;
}
