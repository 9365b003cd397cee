// The terminal's colours: one dark theme. Contrast on the background is at least 4.5 : 1 for every colour but the first.

import type { ITheme } from "@xterm/xterm";

export const darkTheme: ITheme = {
  background: "#0b0c0e",
  foreground: "#e8eaed",
  cursor: "#e8eaed",
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
