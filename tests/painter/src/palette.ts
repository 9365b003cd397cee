// The colours that a program has changed. Without a screen xterm.js keeps none, it only tells of changes.

import type { Core } from "./internals.ts";

const ask = 0;
const set = 1;
/** Text, background and cursor come after the 256 colours; they are OSC 10, 11 and 12. */
const special = 256;

export interface Palette {
  /** Which is changed, as its OSC says it: "4;1" or "10". */
  changes(): Record<string, string>;
}

export function paletteOf(core: Core): Palette {
  const changed = new Map<number, string>();
  core._inputHandler.onColor((colors) => {
    for (const { type, index, color } of colors) {
      if (type === set && index !== undefined && color !== undefined) changed.set(index, hex(color));
      else if (type !== ask) restore(changed, index);
    }
  });
  return { changes: () => Object.fromEntries([...changed].map(([index, color]) => [nameOf(index), color])) };
}

function restore(changed: Map<number, string>, index: number | undefined): void {
  if (index !== undefined) changed.delete(index);
  else for (const known of [...changed.keys()]) if (known < special) changed.delete(known);
}

function nameOf(index: number): string {
  return index < special ? `4;${index}` : String(10 + index - special);
}

function hex(color: [number, number, number]): string {
  return color.map((part) => part.toString(16).padStart(2, "0")).join("");
}
