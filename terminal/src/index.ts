// @homie/terminal: what stands between a circuit's bytes and a person's eyes and fingers. Start with terminal.ts.

export { createTerminal, type TerminalEvents, type TerminalSize, type TerminalView } from "./terminal.ts";
