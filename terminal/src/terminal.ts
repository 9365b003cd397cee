// One xterm.js, set up the way Homie wants it: our colours, no answers to queries, bytes in and bytes out.
//
// The rest of the house sees only `TerminalView`, so that another renderer can take its place.

import type { Size } from "@homie/client";
import { FitAddon } from "@xterm/addon-fit";
import { type IDisposable, Terminal } from "@xterm/xterm";
import { swallowQueries } from "./queries.ts";
import { darkTheme } from "./theme.ts";
import { useWidthProvider } from "./width-provider.ts";

export interface TerminalEvents {
  /** The person typed, pasted, or moved a mouse that the program listens to. */
  onInput(bytes: Uint8Array): void;
  /** The element has room for another grid. The terminal has taken it already. */
  onRoom(size: Size): void;
}

export interface TerminalView {
  readonly size: Size;
  /** Shows bytes; `parsed` is called when the terminal has taken them, which is when they may be acknowledged. */
  write(bytes: Uint8Array, parsed: () => void): void;
  /** Shows a line of our own, dimmed, apart from what the program prints. */
  notice(text: string): void;
  /** Takes the grid that the session has, whoever set it. */
  setGrid(size: Size): void;
  /** Forgets everything shown. */
  reset(): void;
  focus(): void;
  dispose(): void;
}

const encoder = new TextEncoder();

/** Puts a terminal into an element and keeps it fitting. */
export function createTerminal(host: HTMLElement, events: TerminalEvents): TerminalView {
  const terminal = new Terminal({
    theme: darkTheme,
    fontFamily: '"JetBrains Mono", ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace',
    fontSize: 13,
    lineHeight: 1.2,
    cursorBlink: true,
    scrollback: 10_000,
    allowProposedApi: true,
    macOptionIsMeta: true,
    // What snapshots of the node speak of, and what the node's own screen takes from programs.
    windowOptions: { pushTitle: true, popTitle: true },
    vtExtensions: { kittyKeyboard: true },
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  useWidthProvider(terminal);
  terminal.open(host);
  const disposables: IDisposable[] = [
    ...swallowQueries(terminal.parser),
    terminal.onData((text) => events.onInput(encoder.encode(text))),
    terminal.onBinary((text) => events.onInput(Uint8Array.from(text, (char) => char.charCodeAt(0)))),
    keepFitting(host, terminal, fit, events),
    terminal,
  ];
  return {
    get size() {
      return gridOf(terminal);
    },
    write: (bytes, parsed) => terminal.write(bytes, parsed),
    notice: (text) => terminal.write(`\r\n\x1b[0;2m${printable(text)}\x1b[0m\r\n`),
    setGrid: ({ cols, rows }) => terminal.resize(cols, rows),
    reset: () => terminal.reset(),
    focus: () => terminal.focus(),
    dispose: () => {
      for (const disposable of disposables) disposable.dispose();
    },
  };
}

/** Fits once, and again whenever the element's room changes; nothing else ever asks the session for another size. */
function keepFitting(
  host: HTMLElement,
  terminal: Terminal,
  fit: FitAddon,
  events: TerminalEvents,
): IDisposable {
  fit.fit();
  let room = gridOf(terminal);
  const observer = new ResizeObserver(() => {
    const proposed = fit.proposeDimensions();
    if (proposed === undefined || (proposed.cols === room.cols && proposed.rows === room.rows)) return;
    fit.fit();
    room = gridOf(terminal);
    events.onRoom(room);
  });
  observer.observe(host);
  return { dispose: () => observer.disconnect() };
}

function gridOf({ cols, rows }: Terminal): Size {
  return { cols, rows };
}

/** A notice may carry a machine's words; it never carries control characters. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "\u{fffd}");
}
