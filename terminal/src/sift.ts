// Reads output on its way to the terminal. Questions stay out: each viewer would answer them, and a replay would answer
// again, which a program takes for typing; the machine's own screen is the one that answers. Everything else that is whole
// passes as it came; the terminal stands between two sequences whenever this does.
//
// The same parser in Rust is `homie/src/attach/sift.rs`; `spec/queries.json` is read by the tests of both.

import { isQuestion } from "./questions.ts";

/** Bytes of a sequence that are kept until it is known what it is; a longer one passes. */
const HELD_MAX = 4_096;

const ESC = 0x1b;
/** A question in itself. */
const ENQ = 0x05;
const BEL = 0x07;
/** These end any sequence without effect. */
const CAN = 0x18;
const SUB = 0x1a;
const BACKSLASH = 0x5c;
/** The first byte of a C1 control in UTF-8; the second is 0x40 above what follows ESC in its other form. */
const C1_LEAD = 0xc2;
/** What begins a string behind ESC: `P`, `X`, `]`, `^` and `_`. */
const STRINGS: ReadonlySet<number> = new Set([0x50, 0x58, 0x5d, 0x5e, 0x5f]);
const OSC = 0x5d;

/** Where in a sequence the output stands. `selected`: an ESC and an intermediate, and one byte more. `ending`: in a string,
 * an ESC that may end it. */
type At = "text" | "escape" | "selected" | "csi" | "string" | "ending";

export class Sift {
  #at: At = "text";
  /** The byte that began the string. */
  #kind = 0;
  #held: number[] = [];
  #hasLead = false;
  /** The sequence was too long to be held: the rest of it passes, or is left out with what was left out of it. */
  #overflow: "passes" | "stays out" | undefined;

  /** Gives what goes to the terminal: the same bytes, without a copy, if there is nothing to leave out. */
  pass(output: Uint8Array): Uint8Array {
    if (this.#isAtRest && textLength(output, 0) === output.length) return output;
    const passed = new Passed(output.length);
    let at = 0;
    while (at < output.length) {
      const length = this.#isAtRest ? textLength(output, at) : 0;
      if (length > 0) passed.copy(output.subarray(at, at + length));
      else this.#decode(output[at] ?? 0, passed);
      at += Math.max(length, 1);
    }
    return passed.bytes;
  }

  /** Bytes are missing here: what was begun will not be ended. Gives what ends it for the terminal. */
  forget(): Uint8Array {
    const isBegun = this.#overflow === "passes";
    this.#rest();
    return isBegun ? Uint8Array.of(CAN) : new Uint8Array(0);
  }

  get #isAtRest(): boolean {
    return this.#at === "text" && !this.#hasLead;
  }

  #rest(): void {
    this.#at = "text";
    this.#held = [];
    this.#hasLead = false;
    this.#overflow = undefined;
  }

  /** A C1 control is what an ESC and a letter are, and becomes that. A first byte alone is no text: it is dropped, or it
   * would make a control of a byte behind a question that is left out. */
  #decode(byte: number, passed: Passed): void {
    const hadLead = this.#hasLead;
    this.#hasLead = false;
    if (hadLead && byte >= 0x80 && byte <= 0x9f) {
      this.#byte(ESC, passed);
      this.#byte(byte - 0x40, passed);
      return;
    }
    if (hadLead && byte >= 0xa0 && byte <= 0xbf) this.#byte(C1_LEAD, passed);
    if (byte === C1_LEAD) this.#hasLead = true;
    else this.#byte(byte, passed);
  }

  #byte(byte: number, passed: Passed): void {
    if (this.#at === "text") {
      if (byte === ESC) this.#begin();
      else if (byte !== ENQ) passed.push(byte);
      return;
    }
    if (this.#isExecuted(byte)) {
      if (byte !== ENQ) passed.push(byte);
      return;
    }
    this.#keep(byte, passed);
    if (byte === CAN || byte === SUB) this.#end(passed);
    else if (this.#at === "string") this.#inString(byte, passed);
    else if (this.#at === "ending") this.#afterString(byte, passed);
    else if (byte === ESC) this.#beginAnew(passed);
    else this.#inSequence(byte, passed);
  }

  /** A control in the middle of a sequence acts at once; the sequence goes on behind it. */
  #isExecuted(byte: number): boolean {
    const isInString = this.#at === "string" || this.#at === "ending";
    return !isInString && byte < 0x20 && byte !== CAN && byte !== SUB && byte !== ESC;
  }

  #inString(byte: number, passed: Passed): void {
    if (byte === BEL && this.#kind === OSC) this.#end(passed);
    else if (byte === ESC) this.#at = "ending";
  }

  /** An ESC in a string ends it, whatever follows. */
  #afterString(byte: number, passed: Passed): void {
    if (byte === BACKSLASH) this.#end(passed);
    else this.#turn(byte, passed);
  }

  #inSequence(byte: number, passed: Passed): void {
    if (this.#at === "csi") {
      if (byte >= 0x40 && byte <= 0x7e) this.#end(passed);
    } else if (this.#at === "escape" && byte === 0x5b) {
      this.#at = "csi";
    } else if (this.#at === "escape" && STRINGS.has(byte)) {
      this.#at = "string";
      this.#kind = byte;
    } else if (this.#at === "escape" && byte >= 0x20 && byte <= 0x2f) {
      this.#at = "selected";
    } else if (byte >= 0x30 && byte <= 0x7e) {
      this.#end(passed);
    }
  }

  #begin(): void {
    this.#at = "escape";
    this.#overflow = undefined;
    this.#held.push(ESC);
  }

  /** An ESC in the middle: what was begun is nothing. It does not go to the terminal, which would take what passes next
   * for the rest of it. */
  #beginAnew(passed: Passed): void {
    if (this.#overflow === "passes") passed.push(CAN);
    this.#held = [];
    this.#begin();
  }

  /** The string ended without its backslash, which it gets; what follows the ESC is a sequence of its own. */
  #turn(byte: number, passed: Passed): void {
    if (this.#overflow === undefined) {
      this.#held.pop();
      this.#keep(BACKSLASH, passed);
    }
    if (this.#overflow === "passes") passed.end();
    this.#end(passed);
    this.#begin();
    this.#byte(byte, passed);
  }

  #keep(byte: number, passed: Passed): void {
    if (this.#overflow === undefined) this.#hold(byte, passed);
    else if (this.#overflow === "passes") this.#passOn(byte, passed);
  }

  /** An ESC passes when it is known what it is. */
  #passOn(byte: number, passed: Passed): void {
    if (this.#at === "ending") {
      if (byte === BACKSLASH) passed.end();
    } else if (byte !== ESC) passed.push(byte);
  }

  #hold(byte: number, passed: Passed): void {
    this.#held.push(byte);
    if (this.#held.length < HELD_MAX) return;
    this.#overflow = isQuestion(this.#held) ? "stays out" : "passes";
    if (byte === ESC) this.#held.pop();
    if (this.#overflow === "passes") passed.copy(this.#held);
    this.#held = [];
  }

  /** The sequence is whole. */
  #end(passed: Passed): void {
    if (this.#overflow === undefined && !isQuestion(this.#held)) passed.copy(this.#held);
    this.#rest();
  }
}

/** Bytes that have passed; a little longer than what came at most, for what is held now is shorter than what was. */
class Passed {
  #bytes: Uint8Array;
  #length = 0;

  constructor(expected: number) {
    this.#bytes = new Uint8Array(expected + 16);
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  push(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }

  copy(bytes: ArrayLike<number>): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** What ends a string. */
  end(): void {
    this.push(ESC);
    this.push(BACKSLASH);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(2 * (this.#length + more));
    grown.set(this.bytes);
    this.#bytes = grown;
  }
}

/** Bytes from here on that are text: up to the beginning of a sequence, or ENQ. */
function textLength(output: Uint8Array, from: number): number {
  let at = from;
  while (at < output.length) {
    const byte = output[at];
    if (byte === ESC || byte === ENQ || byte === C1_LEAD) break;
    at += 1;
  }
  return at - from;
}
