// The greeting, from the client's side: hello, check what the server proves, prove ourselves. The server signs first, and
// nothing of value leaves before its signature and its key are checked.

import type { Envelope } from "./control.ts";
import { type Failure, RequestError } from "./failure.ts";
import { SPOKEN } from "./generated/limits.ts";
import type { ClientKind, Role, RosterOffer, Service } from "./generated/types.ts";
import { checkKey, rememberKey, type Target } from "./pins.ts";
import type { Device, Platform } from "./platform.ts";
import { Carried } from "./roster/carried.ts";
import { meet } from "./roster/meeting.ts";
import { type Transcript, transcriptBytes } from "./transcript.ts";
import { keyId } from "./webcrypto.ts";

export interface Caller {
  readonly kind: ClientKind;
  /** Program and version, for people; at most 64 characters. */
  readonly agent: string;
  /** The page's origin; a program without a page has none. */
  readonly origin?: string | undefined;
  /** Left out on a local socket alone. */
  readonly device?: Device | undefined;
}

/** The server at the other end of a circuit, checked. */
export interface Peer {
  readonly version: number;
  readonly service: Service;
  readonly name: string;
  /** The machine's id: that of its key. */
  readonly id: string;
  readonly key: Uint8Array;
  readonly role: Role;
  readonly circuit: string;
  /** The machine has learnt from this device's roster that it may do something else: it is to be greeted anew. */
  readonly isOutdated: boolean;
}

/** A conversation of control envelopes; `receive` rejects when the circuit ends. */
export interface Conversation {
  send(envelope: Envelope): void;
  receive(): Promise<Envelope>;
}

export async function greet(
  conversation: Conversation,
  platform: Platform,
  caller: Caller,
  target: Target,
): Promise<Peer> {
  const hello = helloOf(platform, caller, target);
  conversation.send(hello);
  const welcome = await expect(conversation, "welcome");
  const transcript = transcriptOf(hello, welcome);
  await checkServer(platform, target, welcome, transcript);
  const { device } = caller;
  const side = `client-of-${welcome.service}` as const;
  const sig = await device?.sign(transcriptBytes(transcript, side));
  const carried = await carriedFor(platform, caller, welcome);
  if (sig !== undefined) conversation.send({ t: "prove", sig, ...(await offerOf(carried)) });
  const ready = await expect(conversation, "ready");
  await rememberKey(platform.storage, target, welcome.key);
  const { version, service, name, key, roster } = welcome;
  const id = await keyId(platform.verifier, key);
  const role = carried && roster ? await meet(conversation, carried, roster, ready.role) : ready.role;
  const isOutdated = role !== ready.role;
  if (role === "none" && service === "node") {
    refuse({
      code: "device_unknown",
      message: "this device is not enrolled there, nor in the roster it carries",
    });
  }
  return {
    version,
    service,
    name,
    id,
    key: key.slice(),
    role: ready.role,
    circuit: ready.circuit,
    isOutdated,
  };
}

/** What this device carries of the machine's mesh. A program without a key carries nothing. */
async function carriedFor(
  platform: Platform,
  caller: Caller,
  { roster }: Envelope<"welcome">,
): Promise<Carried | undefined> {
  if (caller.device === undefined || roster === undefined) return undefined;
  return await Carried.of(platform, roster.root);
}

/** Said of a mesh of which something is carried alone. */
async function offerOf(carried: Carried | undefined): Promise<{ roster?: RosterOffer }> {
  if (carried === undefined || carried.entries.length === 0) return {};
  return { roster: { root: carried.root, head: await carried.head() } };
}

function helloOf(platform: Platform, caller: Caller, target: Target): Envelope<"hello"> {
  const { device, origin } = caller;
  return {
    t: "hello",
    versions: SPOKEN,
    ...(device === undefined ? {} : { device: { id: device.id, alg: device.alg, key: device.key } }),
    kind: caller.kind,
    agent: caller.agent,
    nonce: platform.random(32),
    host: target.host,
    ...(origin === undefined ? {} : { origin }),
  };
}

function transcriptOf(hello: Envelope<"hello">, welcome: Envelope<"welcome">): Transcript {
  return {
    serverKey: welcome.key,
    deviceId: hello.device?.id,
    clientNonce: hello.nonce,
    serverNonce: welcome.nonce,
    clientVersions: hello.versions,
    serverVersions: welcome.versions,
    version: welcome.version,
    host: hello.host,
    origin: hello.origin,
  };
}

async function checkServer(
  platform: Platform,
  target: Target,
  welcome: Envelope<"welcome">,
  transcript: Transcript,
): Promise<void> {
  const { version, versions, service, key, alg, sig } = welcome;
  const highest = Math.min(SPOKEN.max, versions.max);
  if (version !== highest || version < Math.max(SPOKEN.min, versions.min)) {
    refuse({
      code: "version",
      message: `the machine chose version ${version}, which does not follow from its range`,
    });
  }
  const expected = target.node === undefined ? "gateway" : "node";
  if (service !== expected)
    refuse({ code: "unproven", message: `a ${service} answers where a ${expected} should` });
  const isProved =
    alg === "ed25519" &&
    (await platform.verifier.verify(alg, key, transcriptBytes(transcript, service), sig));
  if (!isProved) refuse({ code: "unproven", message: "the machine could not prove that it holds its key" });
  const changed = await checkKey(platform, target, key);
  if (changed !== undefined) refuse(changed);
}

async function expect<T extends "welcome" | "ready">(
  conversation: Conversation,
  tag: T,
): Promise<Envelope<T>> {
  const envelope = await conversation.receive();
  if (envelope.t === tag) return envelope as Envelope<T>;
  return refuse({ code: "unexpected_frame", message: `${envelope.t} came where ${tag} belongs` });
}

function refuse(failure: Failure): never {
  throw new RequestError(failure);
}
