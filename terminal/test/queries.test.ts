// Queries are taken out of the output, however it is cut, and nothing else is.

import { Terminal } from "@xterm/headless";
import { describe, expect, it } from "vitest";
import { swallowQueries } from "../src/queries.ts";

/** What a terminal would type into the shell after this output. */
function answers(output: string, swallow: boolean): Promise<string> {
  const terminal = new Terminal({ allowProposedApi: true, vtExtensions: { kittyKeyboard: true } });
  if (swallow) swallowQueries(terminal.parser as never);
  let typed = "";
  terminal.onData((text) => {
    typed += text;
  });
  return new Promise((resolve) => terminal.write(output, () => resolve(typed)));
}

const answered: readonly [string, string][] = [
  ["DA1", "\x1b[c"],
  ["DA2", "\x1b[>c"],
  ["cursor position", "\x1b[6n"],
  ["status", "\x1b[5n"],
  ["DEC cursor position", "\x1b[?6n"],
  ["DECRQM", "\x1b[?25$p"],
  ["DECRQM of ANSI modes", "\x1b[4$p"],
  ["XTVERSION", "\x1b[>q"],
  ["kitty keyboard", "\x1b[?u"],
  ["DECRQSS", "\x1bP$qm\x1b\\"],
];

const unanswered: readonly [string, string][] = [
  ["foreground colour", "\x1b]10;?\x1b\\"],
  ["palette", "\x1b]4;1;?\x1b\\"],
  ["window size", "\x1b[18t"],
  ["title", "\x1b[21t"],
  ["DA3", "\x1b[=c"],
  ["XTGETTCAP", "\x1bP+q544e\x1b\\"],
  ["clipboard", "\x1b]52;c;?\x1b\\"],
];

describe("queries in output", () => {
  it.each(answered)("%s would be answered by a bare terminal, and is not by ours", async (_, query) => {
    expect(await answers(query, false)).not.toBe("");
    expect(await answers(query, true)).toBe("");
  });

  it.each(unanswered)("%s is not answered", async (_, query) => {
    expect(await answers(query, true)).toBe("");
  });

  it("leaves the rest of the output alone", async () => {
    const terminal = new Terminal({ allowProposedApi: true });
    swallowQueries(terminal.parser as never);
    await new Promise<void>((resolve) => terminal.write("a\x1b[cb\x1b[6nc\x1b]10;?\x07d", resolve));
    expect(terminal.buffer.active.getLine(0)?.translateToString(true)).toBe("abcd");
  });
});
