// base64url (RFC 4648, no padding): how an invitation stands in an address.

import { fromSymbols } from "./symbols.ts";

const SYMBOLS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The bytes of such a text, or undefined if it is none; bits left over must be zero. */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  return fromSymbols(text, SYMBOLS, 6);
}
