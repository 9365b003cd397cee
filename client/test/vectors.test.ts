// The golden vectors: what is good means what the index says and is written again byte for byte; what is bad is refused
// with its one code, for its one field. Written by Rust; every version that was ever spoken stays readable.

import { webcrypto } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { base32 } from "../src/base32.ts";
import { decodeValue } from "../src/codec/decode.ts";
import { encodeValue } from "../src/codec/encode.ts";
import type { Check } from "../src/codec/shape.ts";
import { decodeControl, encodeControl, type Reading } from "../src/control.ts";
import { WireError } from "../src/errors.ts";
import { decodeFrame, encodeFrame, Flag, type Frame, Kind } from "../src/frame.ts";
import { ANSWER, type Budget, ENTRY, REQUEST } from "../src/generated/limits.ts";
import type { Algorithm, Role } from "../src/generated/types.ts";
import { parseInvitation } from "../src/invitation.ts";
import {
  committedBytes,
  digitsOf,
  enrolledBytes,
  openingBytes,
  pairingBytes,
  proofOf,
  shownBytes,
} from "../src/pairing-bytes.ts";
import { type MethodName, RESULTS, told } from "../src/protocol.ts";
import { checkEntry, signedBytes } from "../src/roster/entry.ts";
import { type Side, transcriptBytes } from "../src/transcript.ts";
import { type SubtleLike, webCryptoVerifier } from "../src/webcrypto.ts";
import { checkHolderMessage, PARAMS } from "./fake/doors.ts";

const ROOT = new URL("../../spec/vectors/", import.meta.url);

interface Vector {
  readonly name: string;
  readonly file: string;
  readonly layer: string;
  readonly version: number;
  readonly reading?: Reading;
  readonly from?: "node" | "holder";
  readonly over?: { readonly alg: string; readonly key: string; readonly file: string };
  readonly ok?: unknown;
  readonly error?: string;
  readonly field?: string;
}

/** What a layer makes of the bytes: what they mean, and how they are written again. */
type Layer = (bytes: Uint8Array, vector: Vector) => { readonly meaning: unknown; readonly again: Uint8Array };

const LAYERS: Readonly<Record<string, Layer>> = {
  frame: (bytes) => {
    const frame = decodeFrame(bytes);
    return { meaning: frameView(frame), again: encodeFrame(frame) };
  },
  control: (bytes, { reading = "answers" }) => {
    const envelope = decodeControl(bytes, reading);
    return { meaning: shown(envelope), again: encodeControl(envelope, reading) };
  },
  params: (bytes, { layer }) => checked(bytes, REQUEST, PARAMS[detailOf(layer) as MethodName]),
  result: (bytes, { layer }) => checked(bytes, ANSWER, RESULTS[detailOf(layer) as MethodName]),
  event: (bytes, { layer }) => {
    return checked(bytes, ANSWER, (data) => told({ t: "event", topic: detailOf(layer), seq: 1, data }));
  },
  holder: (bytes, { from = "node" }) => checked(bytes, ANSWER, (value) => checkHolderMessage(value, from)),
  roster: (bytes) => checked(bytes, ENTRY, checkEntry),
  "roster-signed": (bytes, { ok }) => ({ meaning: ok, again: signedOf(bytes, ok as SignedView) }),
  invitation: (bytes) => {
    const found = parseInvitation(new TextDecoder().decode(bytes));
    if (found === undefined) throw new WireError("out_of_range", "this is no invitation");
    const { origin, id, gateway, secret } = found;
    return { meaning: { origin, id, gateway, secret: base32(secret) }, again: bytes };
  },
  transcript: (_bytes, { ok }) => ({ meaning: ok, again: transcriptOf(ok as TranscriptView) }),
};

/** Checked below on their own. `stream` is how frames stand on a unix socket, which no client of this package opens. */
const APART = ["signature", "stream", "pairing"];

function vectorsOf(folder: string): Vector[] {
  return JSON.parse(readFileSync(new URL(`${folder}/index.json`, ROOT), "utf8")) as Vector[];
}

function bytesOf(folder: string, file: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`${folder}/${file}`, ROOT)));
}

const FOLDERS = readdirSync(ROOT).filter((name) => /^v\d+$/.test(name));

it("there are vectors, and none of a layer that nobody looks at", () => {
  expect(FOLDERS).toContain("v1");
  for (const folder of FOLDERS) {
    const layers = new Set(vectorsOf(folder).map(({ layer }) => layer.split(":")[0] ?? ""));
    expect([...layers].filter((layer) => !(layer in LAYERS) && !APART.includes(layer))).toEqual([]);
    expect(layers.size).toBe(Object.keys(LAYERS).length + APART.length);
  }
});

describe.each(FOLDERS)("%s", (folder) => {
  const vectors = vectorsOf(folder);
  const decoded = vectors.filter(({ layer }) => !APART.includes(layer.split(":")[0] ?? ""));

  it.each(decoded.filter(({ ok }) => ok !== undefined))(
    "$name means what it should, and is written again",
    (vector) => {
      const bytes = bytesOf(folder, vector.file);
      const { meaning, again } = layerOf(vector)(bytes, vector);
      expect(meaning).toEqual(vector.ok);
      expect(Buffer.from(again).toString("hex")).toBe(Buffer.from(bytes).toString("hex"));
    },
  );

  it.each(decoded.filter(({ error }) => error !== undefined))("$name is refused: $error $field", (vector) => {
    const bytes = bytesOf(folder, vector.file);
    const refusal = refusalOf(() => layerOf(vector)(bytes, vector));
    expect(refusal).toEqual({ code: vector.error, field: vector.field });
  });

  it.each(vectors.filter(({ layer }) => layer.startsWith("pairing:")))(
    "$name is what a device makes of it",
    async ({ file, layer, ok }) => {
      const made = await pairingPart(detailOf(layer), ok as PairingView);
      expect(Buffer.from(made).toString("hex")).toBe(Buffer.from(bytesOf(folder, file)).toString("hex"));
    },
  );

  it.each(vectors.filter(({ layer }) => layer === "signature"))("$name", async ({ file, over, ok }) => {
    const signature = bytesOf(folder, file);
    const message = bytesOf(folder, over?.file ?? "");
    expect(await verify(over?.alg ?? "", fromBase64(over?.key ?? ""), message, signature)).toBe(ok === true);
  });
});

function layerOf({ layer }: Vector): Layer {
  const found = LAYERS[layer.split(":")[0] ?? ""];
  if (found === undefined) throw new Error(`nobody looks at ${layer}`);
  return found;
}

/** What stands behind the colon of a layer. */
function detailOf(layer: string): string {
  return layer.slice(layer.indexOf(":") + 1);
}

function checked(bytes: Uint8Array, budget: Budget, check: Check<unknown>): ReturnType<Layer> {
  const value = decodeValue(bytes, budget);
  check(value);
  return { meaning: shown(value), again: encodeValue(value, budget) };
}

function refusalOf(run: () => unknown): { code: string; field: string | undefined } | "accepted" {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof WireError) return { code: thrown.code, field: thrown.field };
    throw thrown;
  }
  return "accepted";
}

function frameView({ kind, flags, channel, offset, payload }: Frame): unknown {
  const kindName = Object.entries(Kind).find(([, number]) => number === kind)?.[0];
  const flagNames = Object.entries(Flag).flatMap(([name, bit]) => ((flags & bit) === 0 ? [] : [name]));
  return { kind: kindName, flags: flagNames, channel, offset, payload_len: payload.length };
}

/** As the index shows it: bytes are base64url. */
function shown(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64url");
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, shown(entry)]));
}

interface SignedView {
  readonly root: string;
  readonly entry: unknown;
}

/** The entry stands at the end, as it was signed. */
function signedOf(bytes: Uint8Array, { root, entry }: SignedView): Uint8Array {
  const rest = bytes.subarray(2 + "homie-roster-v1".length + 2 + 32 + 2);
  expect(checked(rest, ENTRY, checkEntry).meaning).toEqual(entry);
  return signedBytes(fromBase64(root), rest);
}

interface TranscriptView {
  readonly server: string;
  readonly device?: string;
  readonly client_nonce: string;
  readonly server_nonce: string;
  readonly client_versions: { readonly min: number; readonly max: number };
  readonly server_versions: { readonly min: number; readonly max: number };
  readonly version: number;
  readonly host: string;
  readonly origin?: string;
  readonly exporter?: string;
  readonly side: Side;
}

function transcriptOf(view: TranscriptView): Uint8Array {
  return transcriptBytes(
    {
      serverKey: fromBase64(view.server),
      deviceId: view.device,
      clientNonce: fromBase64(view.client_nonce),
      serverNonce: fromBase64(view.server_nonce),
      clientVersions: view.client_versions,
      serverVersions: view.server_versions,
      version: view.version,
      host: view.host,
      origin: view.origin,
      exporter: view.exporter === undefined ? undefined : fromBase64(view.exporter),
    },
    view.side,
  );
}

interface PairingView {
  readonly version: number;
  readonly id: string;
  readonly commitment: string;
  readonly gateway: string;
  readonly nonce: string;
  readonly host: string;
  readonly device: string;
  readonly alg: Algorithm;
  readonly key: string;
  readonly salt: string;
  readonly name: string;
  readonly platform: string;
  readonly machine?: string;
  readonly role: Role;
  readonly node: string;
  readonly secret: string;
}

async function pairingPart(part: string, view: PairingView): Promise<Uint8Array> {
  const hash = webCryptoVerifier(webcrypto.subtle as unknown as SubtleLike);
  const machine = view.machine === undefined ? undefined : fromBase64(view.machine);
  const newcomer = { ...view, machine, key: fromBase64(view.key), salt: fromBase64(view.salt) };
  const [commitment, gateway, nonce] = [view.commitment, view.gateway, view.nonce].map(fromBase64) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const opening = openingBytes({ ...view, commitment, gateway, nonce });
  const transcript = pairingBytes(opening, newcomer);
  const enrolled = enrolledBytes(transcript, view.device, view.role, view.node);
  const proof = (prover: "device" | "gateway", bytes: Uint8Array) =>
    proofOf(hash, prover, fromBase64(view.secret), opening, bytes);
  switch (part) {
    case "committed":
      return committedBytes(newcomer);
    case "opening":
      return opening;
    case "transcript":
      return transcript;
    case "shown":
      return shownBytes(transcript);
    case "enrolled":
      return enrolled;
    case "proved":
      return Buffer.concat([
        await hash.sha256(committedBytes(newcomer)),
        Buffer.from(await digitsOf(hash, transcript)),
        await proof("device", transcript),
        await proof("gateway", enrolled),
      ]);
    default:
      throw new Error(`nobody makes ${part}`);
  }
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "base64url"));
}

async function verify(
  alg: string,
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const verifier = webCryptoVerifier(webcrypto.subtle as unknown as SubtleLike);
  return verifier.verify(alg as Algorithm, key, message, signature);
}
