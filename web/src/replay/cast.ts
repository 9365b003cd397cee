// Reads an asciicast of version 2: a line that says what it is, then a line for each event. Pure.

import type { Size } from "@homie/client";

/** Seconds that a pause may last: nobody wants to watch a person think. */
const PAUSE_MOST = 2;

/** Something that happened, so many seconds after the beginning. */
export type CastEvent =
  | { readonly at: number; readonly output: string }
  | { readonly at: number; readonly size: Size };

export interface Cast {
  readonly size: Size;
  readonly events: readonly CastEvent[];
  /** Seconds, long pauses left out. */
  readonly length: number;
}

/** Nothing if it is no recording. A last line that is broken off is one that was still being written. */
export function parseCast(text: string): Cast | undefined {
  const [first = "", ...lines] = text.split("\n");
  const size = sizeOf(parsed(first));
  if (size === undefined) return undefined;
  const events: CastEvent[] = [];
  let at = 0;
  let last = 0;
  for (const line of lines) {
    const event = parsed(line);
    if (!isEvent(event)) continue;
    const [time, kind, data] = event;
    at += Math.min(Math.max(time - last, 0), PAUSE_MOST);
    last = Math.max(time, last);
    const said = happened(at, kind, data);
    if (said !== undefined) events.push(said);
  }
  return { size, events, length: at };
}

function happened(at: number, kind: string, data: string): CastEvent | undefined {
  if (kind === "o") return { at, output: data };
  if (kind !== "r") return undefined;
  const size = sized(...data.split("x").map(Number));
  return size === undefined ? undefined : { at, size };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isEvent(value: unknown): value is [number, string, string] {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [time, kind, data] = value;
  return Number.isFinite(time) && typeof kind === "string" && typeof data === "string";
}

function sizeOf(head: unknown): Size | undefined {
  const { version, width, height } = (head ?? {}) as { version?: unknown; width?: unknown; height?: unknown };
  return version === 2 ? sized(width, height) : undefined;
}

function sized(cols?: unknown, rows?: unknown): Size | undefined {
  const isCount = (value: unknown) => Number.isInteger(value) && Number(value) > 0 && Number(value) <= 2_000;
  return isCount(cols) && isCount(rows) ? { cols: Number(cols), rows: Number(rows) } : undefined;
}
