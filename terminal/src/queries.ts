// The second line behind `sift.ts`: what xterm.js itself would answer is swallowed inside it, so that no form of a question
// that only its parser understands is answered into a program's input.

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

/** The private mode in which a terminal tells its focus. */
const FOCUS_MODE = 1004;

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

/** xterm.js tells the focus in the moment a program asks to be told, and would again at each replay; only a focus that
 * changes is news. `tell` hears true before and false after. */
export function whileReportingFocus(parser: IParser, tell: (isReporting: boolean) => void): IDisposable {
  return parser.registerCsiHandler({ prefix: "?", final: "h" }, (params) => {
    if (!params.includes(FOCUS_MODE)) return false;
    tell(true);
    // The terminal's own handler runs next, in the same turn; no person acts before the turn is over.
    queueMicrotask(() => tell(false));
    return false;
  });
}

function asksForColour(data: string): boolean {
  return data.split(";").includes("?");
}
