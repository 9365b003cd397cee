// A job: a terminal of a size, and what happens to it in turn. Its answer has a dump for each time one is asked for.

import { useWidthProvider } from "@homie/terminal/width-provider";
import { Terminal } from "@xterm/headless";
import type { Designator } from "./charsets.ts";
import { dump } from "./dump.ts";
import { coreOf, spareCell } from "./internals.ts";
import { paletteOf } from "./palette.ts";
import { written } from "./written.ts";

export type Step =
  | { bytes: string }
  /** A piece of a stream that was named before. */
  | { stream: string; from: number; to: number }
  | { resize: { cols: number; rows: number } }
  | { dump: true };

export interface Job {
  cols: number;
  rows: number;
  /** The lines of scrollback, 1,000 if not given. */
  scrollback?: number;
  steps: Step[];
}

export async function run(job: Job, streams: Map<string, Uint8Array>, nameOf: Designator): Promise<object[]> {
  const terminal = open(job);
  const core = coreOf(terminal);
  const palette = paletteOf(core);
  const spare = spareCell(terminal);
  const dumps: object[] = [];
  for (const step of job.steps) {
    if ("bytes" in step) await written(terminal, Buffer.from(step.bytes, "base64"));
    else if ("stream" in step) await written(terminal, pieceOf(streams, step));
    else if ("resize" in step) terminal.resize(step.resize.cols, step.resize.rows);
    else dumps.push(dump({ core, spare, cols: terminal.cols, rows: terminal.rows, palette, nameOf }));
  }
  terminal.dispose();
  return dumps;
}

/** With the options that a viewer of ours has. */
function open({ cols, rows, scrollback }: Job): Terminal {
  const terminal = new Terminal({
    cols,
    rows,
    scrollback: scrollback ?? 1000,
    allowProposedApi: true,
    logLevel: "off",
    windowOptions: { pushTitle: true, popTitle: true },
    vtExtensions: { kittyKeyboard: true },
  });
  useWidthProvider(terminal);
  return terminal;
}

function pieceOf(
  streams: Map<string, Uint8Array>,
  { stream, from, to }: Extract<Step, { stream: string }>,
): Uint8Array {
  const bytes = streams.get(stream);
  if (bytes === undefined) throw new Error(`no stream is called ${stream}`);
  return bytes.subarray(from, to);
}
