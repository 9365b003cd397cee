// What a QR code says: an address for a browser, or a deep link for the phone's application. Read here alone, and strictly:
// what comes in by a camera or a link was perhaps made by somebody else. Reading connects to nothing and keeps nothing.

import { base32, fromBase32 } from "./base32.ts";
import { fromBase64url } from "./base64url.ts";
import { PAIRING_VERSION } from "./pairing-bytes.ts";

export interface Invitation {
  /** Where the gateway is: scheme and authority. */
  readonly origin: string;
  /** Which pairing. */
  readonly id: string;
  /** The id of the gateway's key. */
  readonly gateway: string;
  readonly secret: Uint8Array;
}

const DEEP_LINK = "homie://pair?";
const LINK = /^([^#]*)\/#pair=([\w-]{66})$/;
const ID = 16;
const SHARED = 20;

/** An invitation, if this is one. Undefined for everything else, however much it looks like one. */
export function parseInvitation(text: string): Invitation | undefined {
  return text.startsWith(DEEP_LINK) ? deepLink(text.slice(DEEP_LINK.length)) : link(text);
}

/** The machine's shared secret, from the fragment of an address. */
export function sharedSecretOf(fragment: string): Uint8Array | undefined {
  const secret = fromBase32(/^#?secret=([a-z2-7]{32})$/.exec(fragment)?.[1] ?? "");
  return secret?.length === SHARED ? secret : undefined;
}

function link(text: string): Invitation | undefined {
  const [, origin = "", packed = ""] = LINK.exec(text) ?? [];
  const bytes = fromBase64url(packed);
  if (bytes === undefined || bytes[0] !== PAIRING_VERSION || !isOrigin(origin)) return undefined;
  const part = (place: number) => bytes.slice(1 + place * ID, 1 + (place + 1) * ID);
  return { origin, id: base32(part(0)), gateway: base32(part(1)), secret: part(2) };
}

/** Exactly its five fields, each once. */
function deepLink(query: string): Invitation | undefined {
  const fields = new Map<string, string>();
  for (const pair of query.split("&")) {
    const at = pair.indexOf("=");
    const name = pair.slice(0, at);
    if (at < 0 || fields.has(name)) return undefined;
    fields.set(name, pair.slice(at + 1));
  }
  const origin = unescaped(fields.get("url") ?? "");
  const [id, gateway, s] = ["id", "fp", "s"].map((name) => fields.get(name) ?? "");
  const secret = fromBase32(s ?? "");
  const isWhole = fields.size === 5 && fields.get("v") === String(PAIRING_VERSION);
  if (!isWhole || origin === undefined || !isOrigin(origin)) return undefined;
  if (id === undefined || gateway === undefined || !isId(id) || !isId(gateway)) return undefined;
  return secret?.length === ID ? { origin, id, gateway, secret } : undefined;
}

/** Scheme, host and perhaps a port; no user, no path. */
function isOrigin(text: string): boolean {
  const found = /^https?:\/\/(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::([1-9]\d{0,4}))?$/.exec(
    text,
  );
  return found !== null && text.length <= 300 && Number(found[2] ?? 1) <= 0xffff;
}

function isId(text: string): boolean {
  return text.length === 26 && fromBase32(text)?.length === ID;
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
