// HMAC and HKDF over SHA-256 (RFC 2104, RFC 5869), of a platform's hash: not every platform has more than that.

import { concat } from "./parts.ts";
import type { Verifier } from "./platform.ts";

type Hash = Pick<Verifier, "sha256">;

const BLOCK = 64;
const ONE = Uint8Array.of(1);

export async function hmac(hash: Hash, key: Uint8Array, message: Uint8Array): Promise<Uint8Array> {
  const short = key.length > BLOCK ? await hash.sha256(key) : key;
  const padded = concat(short, new Uint8Array(BLOCK - short.length));
  const inner = await hash.sha256(concat(masked(padded, 0x36), message));
  return hash.sha256(concat(masked(padded, 0x5c), inner));
}

/** The first 32 bytes that HKDF makes of a secret. */
export async function hkdf(
  hash: Hash,
  secret: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
): Promise<Uint8Array> {
  const extracted = await hmac(hash, salt, secret);
  return hmac(hash, extracted, concat(info, ONE));
}

function masked(key: Uint8Array, mask: number): Uint8Array {
  return key.map((byte) => byte ^ mask);
}
