// Programs ask terminals questions (what are you, where is the cursor, what colour is the background) and read the answer
// as input. With several viewers each would answer, and a replay would answer again: garbage at the prompt. Here every
// question is swallowed; the machine's own screen is the one that answers.

import type { IDisposable, IParser } from "@xterm/xterm";

type CsiQuery = Parameters<IParser["registerCsiHandler"]>[0];

/** CSI sequences that do nothing but ask. */
const CSI_QUERIES: readonly CsiQuery[] = [
  { final: "c" }, // DA1
  { prefix: ">", final: "c" }, // DA2
  { prefix: "=", final: "c" }, // DA3
  { final: "n" }, // DSR: status, cursor position
  { prefix: "?", final: "n" }, // DSR of DEC: also the colour scheme
  { intermediates: "$", final: "p" }, // DECRQM, ANSI modes
  { prefix: "?", intermediates: "$", final: "p" }, // DECRQM, DEC modes
  { prefix: ">", final: "q" }, // XTVERSION
  { prefix: "?", final: "u" }, // kitty keyboard flags
];

/** Window operations (CSI t) that ask; the others are left to the terminal. */
const WINDOW_REPORTS = new Set([11, 13, 14, 15, 16, 18, 19, 20, 21]);

/** OSC numbers that set a colour, or ask for it with a question mark. */
const COLOUR_NUMBERS = [4, 5, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19];

/** Registers a handler for every question. Dispose them with the terminal. */
export function swallowQueries(parser: IParser): IDisposable[] {
  return [
    ...CSI_QUERIES.map((id) => parser.registerCsiHandler(id, () => true)),
    parser.registerCsiHandler({ final: "t" }, (params) => WINDOW_REPORTS.has(Number(params[0]))),
    parser.registerDcsHandler({ intermediates: "$", final: "q" }, () => true), // DECRQSS
    parser.registerDcsHandler({ intermediates: "+", final: "q" }, () => true), // XTGETTCAP
    ...COLOUR_NUMBERS.map((number) => parser.registerOscHandler(number, asksForColour)),
    parser.registerOscHandler(52, () => true), // clipboard: neither read nor written by output
    parser.registerEscHandler({ final: "Z" }, () => true), // DECID
  ];
}

function asksForColour(data: string): boolean {
  return data.split(";").includes("?");
}
