// The designator of a national character set, found by asking a terminal: xterm.js does not export its tables.

import { Terminal } from "@xterm/headless";
import { type Charset, coreOf } from "./internals.ts";
import { written } from "./written.ts";

/** Of designators that mean the same, xterm.js's first. `B` is ASCII, for which it has no object. */
const designators = ["0", "A", "4", "C", "R", "Q", "K", "Y", "E", "Z", "H", "="];

export type Designator = (charset: Charset) => string | null;

export async function charsetNames(): Promise<Designator> {
  const terminal = new Terminal({ allowProposedApi: true });
  const names = new Map<object, string>();
  for (const name of designators) {
    await written(terminal, `\x1b(${name}`);
    const charset = coreOf(terminal)._charsetService.charsets[0];
    if (charset !== undefined) names.set(charset, name);
  }
  terminal.dispose();
  return (charset) => (charset === undefined ? null : (names.get(charset) ?? "?"));
}
