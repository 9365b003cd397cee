// What a new device and a gateway commit to, sign, show and prove. The bytes are final: a change here makes devices and
// gateways of different age see different digits. homie-protocol/src/pairing.rs is the same in Rust, and says why.

import { fromBase32 } from "./base32.ts";
import { utf8Bytes } from "./codec/utf8.ts";
import type { Algorithm, Role } from "./generated/types.ts";
import { hkdf, hmac } from "./hmac.ts";
import { concat, joined, numbers } from "./parts.ts";
import type { Verifier } from "./platform.ts";

export const PAIRING_VERSION = 1;
/** Six digits. */
const COUNT = 1_000_000;

type Bytes = Uint8Array<ArrayBuffer>;
type Hash = Pick<Verifier, "sha256">;

/** What the device says of itself; all of it is committed to. */
export interface Newcomer {
  readonly key: Uint8Array;
  readonly alg: Algorithm;
  /** 32 random bytes, secret until the device reveals. */
  readonly salt: Uint8Array;
  readonly name: string;
  readonly platform: string;
  /** The key of the machine that joins with it, if one does. */
  readonly machine?: Uint8Array | undefined;
}

/** What the gateway signs once it has the commitment. */
export interface Opening {
  readonly version: number;
  readonly id: string;
  readonly commitment: Uint8Array;
  readonly gateway: Uint8Array;
  readonly nonce: Uint8Array;
  readonly host: string;
}

export function committedBytes(newcomer: Newcomer): Bytes {
  return joined([utf8Bytes("c1"), ...partsOf(newcomer)]);
}

/** T1. */
export function openingBytes({ version, id, commitment, gateway, nonce, host }: Opening): Bytes {
  return joined([
    utf8Bytes("homie-pair-v1"),
    numbers(version),
    idBytes(id),
    commitment,
    gateway,
    nonce,
    utf8Bytes(host),
  ]);
}

/** T2. */
export function pairingBytes(opening: Uint8Array, newcomer: Newcomer): Bytes {
  return concat(opening, joined(partsOf(newcomer)));
}

export function shownBytes(transcript: Uint8Array): Bytes {
  return concat(joined([utf8Bytes("sas1")]), transcript);
}

/** What the gateway proves the secret over once the device is enrolled. */
export function enrolledBytes(transcript: Uint8Array, device: string, role: Role, node: string): Bytes {
  return concat(transcript, joined([idBytes(device), utf8Bytes(role), idBytes(node)]));
}

/** The six digits of a transcript: its hash as one number, the last six of its decimal digits. */
export async function digitsOf(hash: Hash, transcript: Uint8Array): Promise<string> {
  const hashed = await hash.sha256(shownBytes(transcript));
  const number = hashed.reduce((rest, byte) => (rest * 256 + byte) % COUNT, 0);
  return String(number).padStart(6, "0");
}

/** Proves the secret over these bytes, in the pairing that begins with this opening. */
export async function proofOf(
  hash: Hash,
  prover: "device" | "gateway",
  secret: Uint8Array,
  opening: Uint8Array,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  return hmac(hash, await hkdf(hash, secret, opening, utf8Bytes(`homie-pair-${prover}`)), bytes);
}

function partsOf({ key, alg, salt, name, platform, machine }: Newcomer): Uint8Array[] {
  const ofDevice = [key, utf8Bytes(alg), salt, utf8Bytes(name), utf8Bytes(platform)];
  return machine === undefined ? ofDevice : [...ofDevice, machine];
}

function idBytes(id: string): Uint8Array {
  return fromBase32(id) ?? new Uint8Array(0);
}
