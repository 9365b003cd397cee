// How a grid and the room for it go together: how many cells fit, how far letters shrink until a foreign grid is seen,
// and where one looks when it is larger than the room.

import type { Size } from "@homie/client";

export interface Box {
  readonly width: number;
  readonly height: number;
}

/** What xterm.js keeps free on the right for its scroll bar. */
export const SCROLL_BAR = 14;
const COLS_MIN = 2;
/** Smaller letters are no letters any more. */
const SCALE_MIN = 0.2;
const ZOOM_MAX = 4;

/** The grid that fits into a room. */
export function gridFor(room: Box, cell: Box): Size {
  const cols = Math.floor((room.width - SCROLL_BAR) / cell.width);
  const rows = Math.floor(room.height / cell.height);
  return { cols: Math.max(cols, COLS_MIN), rows: Math.max(rows, 1) };
}

/** The room that a grid takes. */
export function boxFor(grid: Size, cell: Box): Box {
  return { width: grid.cols * cell.width + SCROLL_BAR, height: grid.rows * cell.height };
}

/** How far a grid must shrink to be seen in all its width, and as a `whole` in its height too. It is never enlarged. */
export function fitScale(content: Box, room: Box, whole: boolean): number {
  const scale = Math.min(1, room.width / content.width, whole ? room.height / content.height : 1);
  return Math.max(scale, SCALE_MIN);
}

/** A zoom, 1 being the fit, within what can be read. */
export function clampZoom(zoom: number): number {
  return Math.min(Math.max(zoom, 1), ZOOM_MAX);
}

/** Where to scroll, so that what is under a point stays under it when everything grows by `ratio`. */
export function anchored(scroll: number, point: number, ratio: number): number {
  return (scroll + point) * ratio - point;
}

export function isSame(one: Size, other: Size): boolean {
  return one.cols === other.cols && one.rows === other.rows;
}
