// UTF-8 by hand: the language's own text coders belong to the DOM library, which this package does without.

/** Whether bytes[start..end) is well-formed UTF-8: no overlong form, no surrogate, nothing above U+10FFFF. */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const step = sequenceLength(bytes, at, end);
    if (step === 0) return false;
    at += step;
  }
  return true;
}

/** The bytes of a text; a lone surrogate becomes U+FFFD, as a text encoder would have it. */
export function utf8Bytes(text: string): Uint8Array<ArrayBuffer> {
  const out: number[] = [];
  for (const character of text) pushCodePoint(out, character.codePointAt(0) ?? 0xfffd);
  return Uint8Array.from(out);
}

/** Whether every surrogate of the text has its partner. */
export function isWellFormed(text: string): boolean {
  for (const character of text) {
    if (character.length === 1 && isSurrogate(character.charCodeAt(0))) return false;
  }
  return true;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

function pushCodePoint(out: number[], point: number): void {
  const code = isSurrogate(point) ? 0xfffd : point;
  if (code < 0x80) out.push(code);
  else if (code < 0x800) out.push(0xc0 | (code >> 6), tail(code));
  else if (code < 0x10000) out.push(0xe0 | (code >> 12), tail(code >> 6), tail(code));
  else out.push(0xf0 | (code >> 18), tail(code >> 12), tail(code >> 6), tail(code));
}

function tail(bits: number): number {
  return 0x80 | (bits & 0x3f);
}

/** Length of the well-formed sequence at `at`, or 0. */
function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > end) return 0;
  const second = bytes[at + 1] ?? 0;
  if (second < lowestSecond(first) || second > highestSecond(first)) return 0;
  for (let next = at + 2; next < at + length; next += 1) {
    if (((bytes[next] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

function lowestSecond(first: number): number {
  if (first === 0xe0) return 0xa0;
  return first === 0xf0 ? 0x90 : 0x80;
}

function highestSecond(first: number): number {
  if (first === 0xed) return 0x9f;
  return first === 0xf4 ? 0x8f : 0xbf;
}
