// Texts whose symbols stand for a few bits each: base32 and base64url, read the same way.

/** The bytes of such a text, or undefined if it is none; bits left over must be zero. A symbol has `width` bits. */
export function fromSymbols(
  text: string,
  symbols: string,
  width: number,
): Uint8Array<ArrayBuffer> | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * width) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const symbol of text) {
    const value = symbols.indexOf(symbol);
    if (value < 0) return undefined;
    held = (held << width) | value;
    bits += width;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = held >> bits;
    at += 1;
    held &= (1 << bits) - 1;
  }
  return held === 0 && bits < width ? bytes : undefined;
}
