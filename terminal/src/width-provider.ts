// How wide a character is, and whether it joins the cell before it: the node's rule, for xterm.js.
//
// The same rule in Rust is `homie-screen/src/width.rs`; `spec/widths.json` is read by the tests of both. Register it before the
// first write: a cell that another rule made stays wrong.

import type { IUnicodeVersionProvider, Terminal } from "@xterm/xterm";
import { blockRuns, indexRuns } from "./generated/width-table.ts";

/** The code points that a cell takes; the next one begins a new cell. */
const clusterMax = 32;

const extend = 1;
const zwj = 2;
const pictograph = 3;
const flag = 4;
const hangulL = 5;
const hangulV = 6;
const hangulT = 7;
const hangulLV = 8;
const hangulLVT = 9;
const vs16 = 10;
/** Of a state only: a pictograph and a ZWJ, so that the next pictograph joins. */
const pictographZwj = 11;

const index = unpack(indexRuns);
const blocks = unpack(blockRuns);

/** Makes a terminal measure as the node does. */
export function useWidthProvider(terminal: Pick<Terminal, "unicode">): void {
  terminal.unicode.register(widthProvider);
  terminal.unicode.activeVersion = widthProvider.version;
}

export const widthProvider: IUnicodeVersionProvider = {
  version: "homie",
  wcwidth: (code) => (tableValue(code) & 3) as 0 | 1 | 2,
  charProperties,
};

/** `class << 2 | width`. */
export function tableValue(code: number): number {
  return blocks[((index[code >> 7] ?? 0) << 7) | (code & 0x7f)] ?? 0;
}

/** `state << 3 | width << 1 | joins`, where the state is the class of the cluster and the code points that it has. */
export function charProperties(code: number, preceding: number): number {
  const value = tableValue(code);
  const own = value >> 2;
  const before = (preceding >> 3) & 0xf;
  const count = preceding >> 7;
  if (preceding === 0 || count >= clusterMax || !joinsClass(before, own)) {
    return pack(own, 1, Math.max(value & 3, 1), 0);
  }
  // Two flag letters take the columns that they are counted as; VS16 asks for the wide picture.
  const wanted = own === vs16 || own === flag ? 2 : value & 3;
  return pack(nextClass(before, own), count + 1, Math.max(wanted, (preceding >> 1) & 3), 1);
}

function pack(charClass: number, count: number, width: number, joins: number): number {
  return (((count << 4) | charClass) << 3) | (width << 1) | joins;
}

function joinsClass(before: number, own: number): boolean {
  switch (own) {
    case extend:
    case zwj:
    case vs16:
      return true;
    case pictograph:
      return before === pictographZwj;
    case flag:
      return before === flag;
    case hangulL:
    case hangulLV:
    case hangulLVT:
      return before === hangulL;
    case hangulV:
      return before === hangulL || before === hangulLV || before === hangulV;
    case hangulT:
      return before === hangulLV || before === hangulV || before === hangulLVT || before === hangulT;
    default:
      return false;
  }
}

/** The class of a cluster that `own` has joined. */
function nextClass(before: number, own: number): number {
  if (before === pictograph && own === zwj) return pictographZwj;
  if (before === pictograph && (own === extend || own === vs16)) return pictograph;
  // Two flag letters are a flag; the third begins another.
  return own === flag ? extend : own;
}

function unpack(runs: string): Uint8Array {
  const values = runs.split(" ").map((run) => run.split("*").map((number) => Number.parseInt(number, 36)));
  const bytes = new Uint8Array(values.reduce((total, [, times = 1]) => total + times, 0));
  let at = 0;
  for (const [value = 0, times = 1] of values) {
    bytes.fill(value, at, at + times);
    at += times;
  }
  return bytes;
}
