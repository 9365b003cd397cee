// How this device becomes a known one elsewhere: it commits, hears the gateway, reveals, shows six digits, and waits for
// somebody there to type them.

import { base32 } from "./base32.ts";
import { type Circuit, connect } from "./circuit.ts";
import { utf8Bytes } from "./codec/utf8.ts";
import { type Failure, RequestError } from "./failure.ts";
import { PAIRING_MS } from "./generated/limits.ts";
import type { BeginOutput, Paired, Way } from "./generated/types.ts";
import type { Caller } from "./greeting.ts";
import type { Invitation } from "./invitation.ts";
import {
  committedBytes,
  digitsOf,
  enrolledBytes,
  type Newcomer,
  openingBytes,
  PAIRING_VERSION,
  pairingBytes,
  proofOf,
} from "./pairing-bytes.ts";
import { checkKey, type Target, targetOf } from "./pins.ts";
import type { Device, Platform } from "./platform.ts";

/** What this device was given to prove that it is invited. */
export type Invited =
  | { readonly way: "qr"; readonly invitation: Invitation }
  | { readonly way: "code"; readonly code: string }
  | { readonly way: "secret"; readonly secret: Uint8Array };

export interface JoinOptions {
  readonly platform: Platform;
  /** The gateway: `ws(s)://host/ws`. */
  readonly url: string;
  readonly caller: Caller & { readonly device: Device };
  readonly invited: Invited;
  /** What people will call this device, at most 64 characters. */
  readonly name: string;
  /** Browser and system, or the like, for the person who decides. */
  readonly runsOn: string;
  /** The six digits to show, once the gateway has taken the proof. A shared secret needs none. */
  readonly onDigits: (digits: string) => void;
}

/** Ends of a circuit or an answer that say nothing of the pairing: the question is asked again. */
const AGAIN: ReadonlySet<string> = new Set(["lost", "silent", "stalled", "timeout", "going_away", "busy"]);

/** Pairs this device. Rejects with `pairing_refused` or `pairing_invalid` where it comes to nothing, and with `unproven`
 * where another machine answers. */
export async function join(options: JoinOptions): Promise<Paired> {
  const { platform, url, caller, invited } = options;
  const target = targetOf(url);
  if (target === undefined) fail({ code: "out_of_range", message: `${url} is no address of a machine` });
  const expected = invited.way === "qr" ? invited.invitation.gateway : undefined;
  const circuit = connect({ platform, url, caller, expected });
  try {
    return await joinOn(circuit, { ...target, expected }, options);
  } finally {
    circuit.close();
  }
}

async function joinOn(circuit: Circuit, target: Target, options: JoinOptions): Promise<Paired> {
  const { platform, caller, invited, name, runsOn, onDigits } = options;
  const { verifier } = platform;
  const { id, alg, key } = caller.device;
  const newcomer: Newcomer = { key, alg, salt: platform.random(32), name, platform: runsOn };
  const commitment = await verifier.sha256(committedBytes(newcomer));
  const begun = await circuit.request("pairing.begin", beginOf(invited, commitment));
  const opening = await checked(begun, commitment, target, platform);
  const transcript = pairingBytes(opening, newcomer);
  const [sig, mac] = await Promise.all([
    caller.device.sign(transcript),
    proofOf(verifier, "device", secretOf(invited), opening, transcript),
  ]);
  const device = { id, alg, key };
  const { salt } = newcomer;
  await circuit.request("pairing.reveal", { id: begun.id, device, salt, name, platform: runsOn, sig, mac });
  if (invited.way !== "secret") onDigits(await digitsOf(verifier, transcript));
  const paired = await decided(circuit, begun.id, platform);
  const said = enrolledBytes(transcript, paired.device, paired.role, paired.node);
  const proof = await proofOf(verifier, "gateway", secretOf(invited), opening, said);
  if (base32(proof) !== base32(paired.mac) || paired.device !== id) {
    fail({ code: "unproven", message: "the machine could not prove that it knows the code" });
  }
  return paired;
}

/** T1, if the gateway has signed it with the key that must answer here. */
async function checked(
  begun: BeginOutput,
  commitment: Uint8Array,
  target: Target,
  platform: Platform,
): Promise<Uint8Array> {
  const { id, key, nonce, sig } = begun;
  const opening = openingBytes({
    version: PAIRING_VERSION,
    id,
    commitment,
    gateway: key,
    nonce,
    host: target.host,
  });
  const changed = await checkKey(platform, target, key);
  if (changed !== undefined) fail(changed);
  if (!(await platform.verifier.verify("ed25519", key, opening, sig))) {
    fail({ code: "unproven", message: "the machine could not prove that it holds its key" });
  }
  return opening;
}

/** Asks until somebody has decided; a lost link is no decision. */
async function decided(circuit: Circuit, id: string, platform: Platform): Promise<Paired> {
  // Twice the time that the machine gives to a pairing: it says itself when that is over, if it can be asked.
  const end = platform.now() + 2 * PAIRING_MS;
  for (;;) {
    try {
      const { paired } = await circuit.request("pairing.await", { id });
      if (paired !== undefined) return paired;
    } catch (thrown) {
      const isOver = platform.now() > end || circuit.connection.getSnapshot().phase === "closed";
      if (!(thrown instanceof RequestError) || !AGAIN.has(thrown.code) || isOver) throw thrown;
    }
  }
}

function beginOf(invited: Invited, commitment: Uint8Array) {
  const version = PAIRING_VERSION;
  const way: Way = invited.way;
  return invited.way === "qr"
    ? { version, way, id: invited.invitation.id, commitment }
    : { version, way, commitment };
}

function secretOf(invited: Invited): Uint8Array {
  switch (invited.way) {
    case "qr":
      return invited.invitation.secret;
    case "code":
      return utf8Bytes(invited.code);
    case "secret":
      return invited.secret;
  }
}

function fail(failure: Failure): never {
  throw new RequestError(failure);
}
