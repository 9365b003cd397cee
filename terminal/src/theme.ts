// The terminal's colours: one dark theme. Contrast on the background is at least 4.5 : 1 for every colour but the first.

import type { Theme } from "@homie/client";
import type { ITheme } from "@xterm/xterm";

const BACKGROUND = 0x0b0c0e;
const FOREGROUND = 0xe8eaed;

/** What programs are told that ask for the colours. */
export const coloursOfTheme: Theme = { foreground: FOREGROUND, background: BACKGROUND, cursor: FOREGROUND };

export const darkTheme: ITheme = {
  background: css(BACKGROUND),
  foreground: css(FOREGROUND),
  cursor: css(FOREGROUND),
  cursorAccent: "#0b0c0e",
  selectionBackground: "#343a42",
  black: "#1b1e23",
  red: "#f0716f",
  green: "#3fb27f",
  yellow: "#d9a441",
  blue: "#7c8cff",
  magenta: "#b58cff",
  cyan: "#4cb8c4",
  white: "#c9cdd3",
  brightBlack: "#737a86",
  brightRed: "#ff8f8d",
  brightGreen: "#62d39f",
  brightYellow: "#f0c06a",
  brightBlue: "#9aa6ff",
  brightMagenta: "#cdaeff",
  brightCyan: "#74d3dd",
  brightWhite: "#f2f4f6",
};

function css(colour: number): string {
  return `#${colour.toString(16).padStart(6, "0")}`;
}
