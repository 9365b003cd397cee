// @homie/terminal: what stands between a circuit's bytes and a person's eyes and fingers. Start with session.ts.

export { type SessionParts, type ShownSession, type ShownState, showSession } from "./session.ts";
export { createTerminal, type TerminalEvents, type TerminalView } from "./terminal.ts";
