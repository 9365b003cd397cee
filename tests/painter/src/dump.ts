// All that a terminal is, as JSON: the same fields in the same order of meaning as `homie_screen::Dump`.

import type { Designator } from "./charsets.ts";
import type { Attributes, Buffer, Cell, Charset, Core } from "./internals.ts";
import type { Palette } from "./palette.ts";

/** Says that a cell has more attributes than fit; the others are told beside it. */
const hasExtended = 0x10000000;
/** Style and colour of an underline, without what only the renderer needs. */
const extendedMask = 0x1fffffff;

/** xterm.js forgets an address when the rows where its link began are gone, even if cells have it still. */
const forgotten = "?";

export interface Painted {
  core: Core;
  spare: Cell;
  cols: number;
  rows: number;
  palette: Palette;
  nameOf: Designator;
}

export function dump({ core, spare, cols, rows, palette, nameOf }: Painted): object {
  const { normal, alt, active } = core._bufferService.buffers;
  const handler = core._inputHandler;
  const uri = (id: number) => core._oscLinkService.getLinkData(id)?.uri ?? forgotten;
  const shape = { cols, rows, spare, uri };
  const names = (charsets: Charset[]) => Array.from(charsets, nameOf);
  return {
    cols,
    rows,
    active: active === normal ? "main" : "alternate",
    main: bufferOf(normal, shape, active === normal),
    alternate: active === normal ? null : bufferOf(alt, shape, true),
    saved: { main: savedOf(normal, shape, names), alternate: savedOf(alt, shape, names) },
    pen: { ...attributesOf(handler._curAttrData), link: linkOf(handler._curAttrData, uri) },
    modes: modesOf(core),
    mouse: {
      protocol: core.mouseStateService.activeProtocol,
      encoding: core.mouseStateService.activeEncoding,
    },
    cursorStyle: cursorStyleOf(core),
    charsets: names(core._charsetService.charsets),
    glevel: core._charsetService.glevel,
    title: handler._windowTitle,
    icon: handler._iconName,
    titleStack: [...handler._windowTitleStack],
    iconStack: [...handler._iconNameStack],
    palette: palette.changes(),
    kitty: structuredClone(core.coreService.kittyKeyboard),
    join: handler._parser.precedingJoinState,
  };
}

type Uri = (id: number) => string;

interface Shape {
  cols: number;
  rows: number;
  spare: Cell;
  uri: Uri;
}

/** The cursor is one, it goes with the screen that shows. */
function bufferOf(buffer: Buffer, shape: Shape, shows: boolean): object {
  const { cols, rows } = shape;
  const lines = Array.from({ length: rows }, (_, row) => lineOf(buffer, row, shape));
  const tabs = Array.from({ length: cols }, (_, column) => column).filter((column) => buffer.tabs[column]);
  const [x, y] = shows ? [buffer.x, buffer.y] : [0, 0];
  return { x, y, top: buffer.scrollTop, bottom: buffer.scrollBottom, tabs, lines };
}

function lineOf(buffer: Buffer, row: number, { cols, spare, uri }: Shape): object {
  const line = buffer.lines.get(buffer.ybase + row);
  if (line === undefined) throw new Error(`there is no row ${row}`);
  const cells = Array.from({ length: cols }, (_, column) => cellOf(line.loadCell(column, spare), uri));
  const blank = JSON.stringify(["", 1, 0, 0, 0, null]);
  while (cells.length > 0 && JSON.stringify(cells.at(-1)) === blank) cells.pop();
  return { wrapped: line.isWrapped, cells };
}

/** A space that was written and a cell that was never written look the same, and count as the same. */
function cellOf(cell: Cell, uri: Uri): unknown[] {
  const text = cell.getChars() === " " ? "" : cell.getChars();
  const { fg, bg, ext } = attributesOf(cell);
  const extended = (cell.bg & hasExtended) !== 0;
  return [text, cell.getWidth(), fg, bg, extended ? ext : 0, extended ? linkOf(cell, uri) : null];
}

function attributesOf({ fg, bg, extended }: Attributes): { fg: number; bg: number; ext: number } {
  return { fg: fg >>> 0, bg: (bg & ~hasExtended) >>> 0, ext: (extended._ext & extendedMask) >>> 0 };
}

function linkOf({ extended }: Attributes, uri: Uri): string | null {
  return extended._urlId === 0 ? null : uri(extended._urlId);
}

/** Where restoring would put the cursor: the row is kept from the beginning of the scrollback. */
function savedOf(
  buffer: Buffer,
  { cols, rows }: Shape,
  names: (charsets: Charset[]) => (string | null)[],
): object {
  const { fg, bg } = attributesOf(buffer.savedCurAttrData);
  return {
    x: Math.min(buffer.savedX, cols - 1),
    y: Math.min(Math.max(buffer.savedY - buffer.ybase, 0), rows - 1),
    fg,
    bg,
    origin: buffer.savedOriginMode,
    wraparound: buffer.savedWraparoundMode,
    charsets: names(buffer.savedCharsets),
    glevel: buffer.savedGlevel,
  };
}

function modesOf({ coreService, optionsService }: Core): object {
  const modes = coreService.decPrivateModes;
  return {
    insert: coreService.modes.insertMode,
    appCursor: modes["applicationCursorKeys"],
    appKeypad: modes["applicationKeypad"],
    bracketedPaste: modes["bracketedPasteMode"],
    sendFocus: modes["sendFocus"],
    origin: modes["origin"],
    reverseWrap: modes["reverseWraparound"],
    wraparound: modes["wraparound"],
    cursorHidden: coreService.isCursorHidden,
    newline: optionsService.rawOptions.convertEol,
    synchronized: modes["synchronizedOutput"],
    colorScheme: modes["colorSchemeUpdates"],
  };
}

/** The parameter of DECSCUSR that sets this, 0 if nothing is set. */
function cursorStyleOf({ coreService }: Core): number {
  const { cursorStyle, cursorBlink } = coreService.decPrivateModes;
  const place = ["block", "underline", "bar"].indexOf(cursorStyle ?? "");
  return place < 0 ? 0 : place * 2 + (cursorBlink ? 1 : 2);
}
