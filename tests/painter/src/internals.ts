// What xterm.js keeps to itself and a picture must tell all the same. The only file that knows its private names: when a new
// version has others, the check below says so, and this is the place to change.

import type { Terminal } from "@xterm/headless";

export interface Attributes {
  fg: number;
  bg: number;
  extended: { _ext: number; _urlId: number };
}

export interface Line {
  isWrapped: boolean;
  length: number;
  loadCell(column: number, cell: Cell): Cell;
}

export interface Cell extends Attributes {
  getChars(): string;
  getWidth(): number;
}

/** Maps what a program prints to another character; xterm.js has one object for each designator. */
export type Charset = object | undefined;

export interface Buffer {
  lines: { get(row: number): Line | undefined };
  x: number;
  y: number;
  ybase: number;
  tabs: Record<number, boolean | undefined>;
  scrollTop: number;
  scrollBottom: number;
  savedX: number;
  savedY: number;
  savedCurAttrData: Attributes;
  savedCharsets: Charset[];
  savedGlevel: number;
  savedOriginMode: boolean;
  savedWraparoundMode: boolean;
}

interface Color {
  /** 0 asks, 1 sets, 2 restores. */
  type: number;
  index?: number;
  color?: [number, number, number];
}

export interface Core {
  coreService: {
    isCursorHidden: boolean;
    modes: { insertMode: boolean };
    decPrivateModes: Record<string, boolean | undefined> & { cursorStyle?: string; cursorBlink?: boolean };
    kittyKeyboard: Record<"flags" | "mainFlags" | "altFlags", number> &
      Record<"mainStack" | "altStack", number[]>;
  };
  mouseStateService: { activeProtocol: string; activeEncoding: string };
  optionsService: { rawOptions: { convertEol: boolean } };
  _bufferService: { buffers: { normal: Buffer; alt: Buffer; active: Buffer } };
  _charsetService: { charsets: Charset[]; glevel: number };
  _oscLinkService: { getLinkData(id: number): { uri: string } | undefined };
  _inputHandler: {
    _parser: { precedingJoinState: number };
    _curAttrData: Attributes;
    _windowTitle: string;
    _iconName: string;
    _windowTitleStack: string[];
    _iconNameStack: string[];
    onColor(listener: (colors: Color[]) => void): void;
  };
}

/** A cell to load others into. The buffer's own empty one must never be: it is what lines are made of. */
export function spareCell(terminal: Terminal): Cell {
  return terminal.buffer.active.getNullCell() as unknown as Cell;
}

export function coreOf(terminal: Terminal): Core {
  const core = (terminal as unknown as { _core: Core })._core;
  const handler = core._inputHandler;
  const known = [
    core.coreService.kittyKeyboard.mainStack,
    core.mouseStateService.activeProtocol,
    core._bufferService.buffers.normal.savedCurAttrData.extended._ext,
    core._charsetService.charsets,
    core._oscLinkService.getLinkData,
    handler._parser.precedingJoinState,
    handler._curAttrData.extended._urlId,
    handler._windowTitleStack,
    handler._iconNameStack,
    handler.onColor,
  ];
  if (known.includes(undefined as never))
    throw new Error("this xterm.js has other private names: see internals.ts");
  return core;
}
