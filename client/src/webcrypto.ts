// Keys and signatures by WebCrypto, whose `subtle` is handed in. The private key is made non-extractable: it can be
// stored (in IndexedDB, as it is) and used, and nobody can read it. Ed25519 where it exists, else P-256.

import { base32 } from "./base32.ts";
import { WireError } from "./errors.ts";
import type { Device, Verifier } from "./platform.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Name = string | { readonly name: string; readonly namedCurve?: string; readonly hash?: string };

/** The part of SubtleCrypto that is used. Keys are opaque here. */
export interface SubtleLike {
  digest(algorithm: string, bytes: Bytes): Promise<ArrayBuffer>;
  generateKey(algorithm: Name, extractable: boolean, usages: ("sign" | "verify")[]): Promise<unknown>;
  exportKey(format: "raw", key: never): Promise<unknown>;
  importKey(
    format: "raw",
    key: Bytes,
    algorithm: Name,
    extractable: boolean,
    usages: "verify"[],
  ): Promise<unknown>;
  sign(algorithm: Name, key: never, bytes: Bytes): Promise<ArrayBuffer>;
  verify(algorithm: Name, key: never, signature: Bytes, bytes: Bytes): Promise<boolean>;
}

/** What is stored of a device: everything but the private key is plain, and that one is a CryptoKey. */
export interface StoredDevice {
  readonly id: string;
  readonly alg: Device["alg"];
  readonly key: Uint8Array;
  readonly privateKey: unknown;
}

const ED25519 = { name: "Ed25519" };
const P256 = { name: "ECDSA", namedCurve: "P-256" };
const P256_SIGNATURE = { name: "ECDSA", hash: "SHA-256" };

/** Makes a new device key. */
export async function createDevice(subtle: SubtleLike): Promise<StoredDevice> {
  const { alg, pair } = await generate(subtle);
  const key = new Uint8Array((await subtle.exportKey("raw", pair.publicKey as never)) as ArrayBuffer);
  return { id: await keyId(webCryptoVerifier(subtle), key), alg, key, privateKey: pair.privateKey };
}

/** A stored device that can sign. */
export function deviceOf(subtle: SubtleLike, stored: StoredDevice): Device {
  const algorithm = stored.alg === "ed25519" ? ED25519 : P256_SIGNATURE;
  return {
    id: stored.id,
    alg: stored.alg,
    key: stored.key,
    sign: async (bytes) =>
      new Uint8Array(await subtle.sign(algorithm, stored.privateKey as never, owned(bytes))),
  };
}

export function webCryptoVerifier(subtle: SubtleLike): Verifier {
  return {
    sha256: async (bytes) => new Uint8Array(await subtle.digest("SHA-256", owned(bytes))),
    verify: async (alg, key, bytes, signature) => {
      const imported = alg === "ed25519" ? await importEd25519(subtle, key) : await importP256(subtle, key);
      if (imported === undefined) return false;
      const algorithm = alg === "ed25519" ? ED25519 : P256_SIGNATURE;
      return subtle.verify(algorithm, imported as never, owned(signature), owned(bytes));
    },
  };
}

/** How a key is named: base32 of the first 16 bytes of its SHA-256. */
export async function keyId(verifier: Pick<Verifier, "sha256">, key: Uint8Array): Promise<string> {
  return base32((await verifier.sha256(key)).subarray(0, 16));
}

interface KeyPair {
  readonly publicKey: unknown;
  readonly privateKey: unknown;
}

async function generate(subtle: SubtleLike): Promise<{ alg: Device["alg"]; pair: KeyPair }> {
  try {
    return {
      alg: "ed25519",
      pair: (await subtle.generateKey(ED25519, false, ["sign", "verify"])) as KeyPair,
    };
  } catch {
    // Older browsers know P-256 alone; if that fails too, its error says why.
    return { alg: "p256", pair: (await subtle.generateKey(P256, false, ["sign", "verify"])) as KeyPair };
  }
}

async function importEd25519(subtle: SubtleLike, key: Uint8Array): Promise<unknown> {
  if (key.length !== 32) return undefined;
  try {
    return await subtle.importKey("raw", owned(key), ED25519, false, ["verify"]);
  } catch {
    throw new WireError("unproven", "this browser cannot check an Ed25519 key; a newer one can");
  }
}

/** Undefined if it is no point of the curve. */
async function importP256(subtle: SubtleLike, key: Uint8Array): Promise<unknown> {
  try {
    return await subtle.importKey("raw", owned(key), P256, false, ["verify"]);
  } catch {
    return undefined;
  }
}

/** WebCrypto takes no views into shared memory; ours never are, and a copy of a small message costs nothing. */
function owned(bytes: Uint8Array): Bytes {
  return Uint8Array.from(bytes);
}
