// Lower-case base32 (RFC 4648, no padding): how 128-bit ids travel.

import { fromSymbols } from "./symbols.ts";

const SYMBOLS = "abcdefghijklmnopqrstuvwxyz234567";

export function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += SYMBOLS.charAt((held >> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + SYMBOLS.charAt((held << (5 - bits)) & 31);
}

/** The bytes of a base32 text, or undefined if it is none; bits left over must be zero. */
export function fromBase32(text: string): Uint8Array<ArrayBuffer> | undefined {
  return fromSymbols(text, SYMBOLS, 5);
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
