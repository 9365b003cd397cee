// The provider against the vectors that the node's rule is tested with, alone and inside xterm.js.

import { readFileSync } from "node:fs";
import { Terminal } from "@xterm/headless";
import { expect, test } from "vitest";
import { charProperties, tableValue, useWidthProvider } from "../src/width-provider.ts";

type Cell = [text: string, width: number];

interface Vectors {
  runs: [first: number, charClass: number, width: number][];
  texts: { text: string; cells: Cell[] }[];
}

const vectors: Vectors = JSON.parse(readFileSync(new URL("../../spec/widths.json", import.meta.url), "utf8"));

function cellsOf(text: string): Cell[] {
  const cells: Cell[] = [];
  let preceding = 0;
  for (const character of text) {
    preceding = charProperties(character.codePointAt(0) ?? 0, preceding);
    const last = cells.at(-1);
    if (last !== undefined && (preceding & 1) === 1) cells[cells.length - 1] = [last[0] + character, width()];
    else cells.push([character, width()]);
  }
  return cells;

  function width(): number {
    return (preceding >> 1) & 3;
  }
}

/** What xterm.js shows in its first row. */
async function shown(text: string): Promise<Cell[]> {
  const terminal = new Terminal({ cols: 200, rows: 2, allowProposedApi: true });
  useWidthProvider(terminal);
  await new Promise<void>((resolve) => terminal.write(text, resolve));
  const line = terminal.buffer.active.getLine(0);
  const cells: Cell[] = [];
  for (let column = 0; column < terminal.buffer.active.cursorX; column += 1) {
    const cell = line?.getCell(column);
    if (cell !== undefined && cell.getWidth() > 0) cells.push([cell.getChars(), cell.getWidth()]);
  }
  terminal.dispose();
  return cells;
}

test("the table is that of the vectors", () => {
  const wrong: string[] = [];
  vectors.runs.forEach(([first, charClass, width], at) => {
    const end = vectors.runs[at + 1]?.[0] ?? 0x110000;
    for (let code = first; code < end; code += 1) {
      if (tableValue(code) !== ((charClass << 2) | width)) wrong.push(code.toString(16));
    }
  });
  expect(wrong).toEqual([]);
});

test.each(vectors.texts)("$text", async ({ text, cells }) => {
  expect(cellsOf(text)).toEqual(cells);
  // xterm.js's decoder drops U+FEFF before anyone measures it.
  const visible = cells.map(([cell, width]): Cell => [cell.replaceAll("\u{feff}", ""), width]);
  expect(await shown(text)).toEqual(visible);
});
