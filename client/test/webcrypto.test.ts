// Real keys: made, used, checked.

import { webcrypto } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createDevice, deviceOf, keyId, type SubtleLike, webCryptoVerifier } from "../src/webcrypto.ts";

const subtle = webcrypto.subtle as unknown as SubtleLike;
const withoutEd25519 = new Proxy(subtle, {
  get:
    (target, name) =>
    (algorithm: unknown, ...rest: unknown[]) => {
      const isEd25519 = JSON.stringify([algorithm, ...rest]).includes("Ed25519");
      if (isEd25519) return Promise.reject(new Error("NotSupportedError"));
      const method = target[name as keyof SubtleLike] as (...all: unknown[]) => unknown;
      return method.call(target, algorithm, ...rest);
    },
});
const message = Uint8Array.of(1, 2, 3);

describe("a device key", () => {
  it("is Ed25519, cannot be taken out, and signs what a machine can check", async () => {
    const stored = await createDevice(subtle);
    expect([stored.alg, stored.key.length, stored.id.length]).toEqual(["ed25519", 32, 26]);
    await expect(
      webcrypto.subtle.exportKey("pkcs8", stored.privateKey as webcrypto.CryptoKey),
    ).rejects.toThrow();
    const verifier = webCryptoVerifier(subtle);
    const signature = await deviceOf(subtle, stored).sign(message);
    expect(await verifier.verify(stored.alg, stored.key, message, signature)).toBe(true);
    expect(await verifier.verify(stored.alg, stored.key, Uint8Array.of(1, 2, 4), signature)).toBe(false);
    expect(await keyId(verifier, stored.key)).toBe(stored.id);
  });

  it("is P-256 where there is no Ed25519, with a point of 65 bytes and a signature of 64", async () => {
    const stored = await createDevice(withoutEd25519);
    expect([stored.alg, stored.key.length, stored.key[0]]).toEqual(["p256", 65, 4]);
    const signature = await deviceOf(withoutEd25519, stored).sign(message);
    const p256 = { name: "ECDSA", namedCurve: "P-256" };
    const key = await webcrypto.subtle.importKey("raw", stored.key, p256, true, ["verify"]);
    expect(signature.length).toBe(64);
    expect(await webcrypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, message)).toBe(
      true,
    );
  });

  it("is no help against a machine whose key cannot be checked: that is said", async () => {
    const verify = webCryptoVerifier(withoutEd25519).verify(
      "ed25519",
      new Uint8Array(32),
      message,
      new Uint8Array(64),
    );
    await expect(verify).rejects.toThrow(expect.objectContaining({ code: "unproven" }));
  });
});
