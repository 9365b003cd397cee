// What a person has in one pane and keeps when another takes its place: where they look, what they selected, the focus.

import type { Pane } from "./pane.ts";

export function carryOver(from: Pane, to: Pane): void {
  const { distance } = from;
  if (distance > 0) to.terminal.scrollToLine(to.depth - Math.min(distance, to.depth));
  carrySelection(from, to);
  if (from.element.contains(document.activeElement)) to.terminal.focus();
}

/** The selection is counted from the bottom; where the same text no longer stands there, it is gone. */
function carrySelection({ terminal, depth }: Pane, to: Pane): void {
  const position = terminal.getSelectionPosition();
  if (position === undefined) return;
  const text = terminal.getSelection();
  const { start, end } = position;
  const row = start.y - depth + to.depth;
  const length = (end.y - start.y) * terminal.cols + end.x - start.x;
  if (row < 0 || length <= 0) return;
  to.terminal.select(start.x, row, length);
  if (to.terminal.getSelection() !== text) to.terminal.clearSelection();
}
