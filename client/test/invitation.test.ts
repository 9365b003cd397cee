// What a camera or a link brings: read strictly, and whatever it is, nothing is dialled and nothing is kept.

import { webcrypto } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fromBase64url } from "../src/base64url.ts";
import { hkdf, hmac } from "../src/hmac.ts";
import { parseInvitation, sharedSecretOf } from "../src/invitation.ts";
import { type SubtleLike, webCryptoVerifier } from "../src/webcrypto.ts";
import { seeded } from "./fake/random.ts";

const ROUNDS = Number(process.env["HOMIE_FUZZ_ROUNDS"] ?? 50_000);
const VECTORS = new URL("../../spec/vectors/v1/", import.meta.url);
const PIECES = [
  "#pair=",
  "homie://pair?",
  "&",
  "=",
  "%",
  "%00",
  "javascript:",
  "//",
  "@",
  "/",
  "[::1]",
  "s=",
  "v=1",
  "\u202e",
  "A".repeat(66),
  "é",
];

const seeds = readdirSync(VECTORS)
  .filter((name) => name.startsWith("invitation-"))
  .map((name) => readFileSync(new URL(name, VECTORS), "utf8"));

/** One to four small wounds. */
function broken(chance: () => number): string {
  const pick = (below: number) => Math.floor(chance() * below);
  let text = seeds[pick(seeds.length)] ?? "";
  for (let wounds = pick(4) + 1; wounds > 0; wounds -= 1) {
    const at = pick(text.length + 1);
    const put = pick(2) === 0 ? (PIECES[pick(PIECES.length)] ?? "") : String.fromCharCode(pick(0x250));
    text = text.slice(0, at) + put + text.slice(at + pick(3));
  }
  return text;
}

describe("an invitation that somebody has tampered with", () => {
  it("is refused, or is whole and leads to an origin and no further", () => {
    expect(seeds.length).toBeGreaterThan(15);
    const chance = seeded(5);
    let read = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const found = parseInvitation(broken(chance));
      if (found === undefined) continue;
      read += 1;
      const url = new URL(found.origin);
      expect(["http:", "https:"]).toContain(url.protocol);
      expect([url.username, url.password, url.pathname, url.search, url.hash]).toEqual(["", "", "/", "", ""]);
      expect(found.secret).toHaveLength(16);
      expect([found.id, found.gateway]).toEqual([
        expect.stringMatching(/^[a-z2-7]{26}$/),
        expect.stringMatching(/^[a-z2-7]{26}$/),
      ]);
    }
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(ROUNDS / 2);
  });

  it("is read in time that does not explode", () => {
    for (const text of [`homie://pair?${"&=".repeat(200_000)}`, `http://${"a.".repeat(200_000)}/#pair=`]) {
      expect(parseInvitation(text)).toBeUndefined();
    }
  });
});

describe("a shared secret", () => {
  it("has 160 bits, no more and no fewer", () => {
    expect(sharedSecretOf(`#secret=${"a".repeat(32)}`)).toEqual(new Uint8Array(20));
    for (const other of [
      "",
      "#secret=",
      `#secret=${"a".repeat(31)}`,
      `#secret=${"a".repeat(33)}`,
      `#secret=${"A".repeat(32)}`,
    ]) {
      expect(sharedSecretOf(other)).toBeUndefined();
    }
  });
});

describe("base64url", () => {
  it("reads what others write, and nothing that can be written in two ways", () => {
    for (const text of ["", "TQ", "TWE", "TWFu", "-_-_"]) {
      expect(fromBase64url(text)).toEqual(new Uint8Array(Buffer.from(text, "base64url")));
    }
    for (const bad of ["T", "TR", "TWF", "TWFuX", "T+/u", "TQ=="]) expect(fromBase64url(bad)).toBeUndefined();
  });
});

describe("HMAC and HKDF", () => {
  const hash = webCryptoVerifier(webcrypto.subtle as unknown as SubtleLike);
  const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
  const hexOf = (made: Uint8Array) => Buffer.from(made).toString("hex");

  it("are those of RFC 4231, tests 2 and 6", async () => {
    const short = await hmac(
      hash,
      new Uint8Array(Buffer.from("Jefe")),
      new Uint8Array(Buffer.from("what do ya want for nothing?")),
    );
    expect(hexOf(short)).toBe("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    const long = await hmac(
      hash,
      new Uint8Array(131).fill(0xaa),
      new Uint8Array(Buffer.from("Test Using Larger Than Block-Size Key - Hash Key First")),
    );
    expect(hexOf(long)).toBe("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  });

  it("are those of RFC 5869, test 1, as far as 32 bytes go", async () => {
    const made = await hkdf(
      hash,
      new Uint8Array(22).fill(0x0b),
      bytes("000102030405060708090a0b0c"),
      bytes("f0f1f2f3f4f5f6f7f8f9"),
    );
    expect(hexOf(made)).toBe("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
  });
});
