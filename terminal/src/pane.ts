// One xterm.js in an element of its own, set up the way Homie wants it: our colours, our widths, no answers to questions.
// It types nothing until it is listened to: a hidden one is written, not used.

import type { Size } from "@homie/client";
import { type IDisposable, Terminal } from "@xterm/xterm";
import type { Box } from "./layout.ts";
import { swallowQueries, whileReportingFocus } from "./queries.ts";
import { Sift } from "./sift.ts";
import { darkTheme } from "./theme.ts";
import { useWidthProvider } from "./width-provider.ts";

/** Lines that scrolled away and are kept here. */
export const SCROLLBACK = 10_000;

const encoder = new TextEncoder();

export interface PaneEvents {
  onInput(bytes: Uint8Array): void;
  /** What is looked at has moved. */
  onScroll(): void;
}

export class Pane {
  readonly element: HTMLElement;
  readonly terminal: Terminal;
  /** Whether what it says is the person's. */
  isListening = false;
  readonly #sift = new Sift();
  readonly #disposables: IDisposable[];
  #isReporting = false;

  constructor(host: HTMLElement, { cols, rows }: Size, fontSize: number, events: PaneEvents) {
    this.element = document.createElement("div");
    this.element.className = "homie-pane";
    host.append(this.element);
    this.terminal = new Terminal({
      cols,
      rows,
      theme: darkTheme,
      fontFamily: '"JetBrains Mono", ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace',
      fontSize,
      lineHeight: 1.2,
      cursorBlink: true,
      scrollback: SCROLLBACK,
      allowProposedApi: true,
      macOptionIsMeta: true,
      // What snapshots of the node speak of, and what the node's own screen takes from programs.
      windowOptions: { pushTitle: true, popTitle: true },
      vtExtensions: { kittyKeyboard: true },
    });
    useWidthProvider(this.terminal);
    this.terminal.open(this.element);
    this.resize({ cols, rows });
    const type = (bytes: Uint8Array) => {
      if (this.isListening && !this.#isReporting) events.onInput(bytes);
    };
    this.#disposables = [
      ...swallowQueries(this.terminal.parser),
      whileReportingFocus(this.terminal.parser, (isReporting) => {
        this.#isReporting = isReporting;
      }),
      this.terminal.onData((text) => type(encoder.encode(text))),
      this.terminal.onBinary((text) => type(Uint8Array.from(text, (char) => char.charCodeAt(0)))),
      this.terminal.onScroll(() => events.onScroll()),
      this.terminal,
    ];
  }

  /** Shows bytes; `parsed` is called when the terminal has taken them. */
  write(bytes: Uint8Array, parsed: () => void): void {
    this.terminal.write(this.#sift.pass(bytes), parsed);
  }

  /** Shows a snapshot. Whatever was open before ends here. */
  paint(pieces: readonly Uint8Array[], parsed: () => void): void {
    this.terminal.write(this.#sift.forget());
    for (const piece of pieces) this.terminal.write(this.#sift.pass(piece));
    this.terminal.write(new Uint8Array(0), parsed);
  }

  reset(): void {
    this.#sift.forget();
    this.terminal.reset();
  }

  resize({ cols, rows }: Size): void {
    if (cols !== this.terminal.cols || rows !== this.terminal.rows) this.terminal.resize(cols, rows);
    this.element.dataset["grid"] = `${cols}x${rows}`;
  }

  /** A cell in pixels; undefined before it is drawn. */
  get cell(): Box | undefined {
    const cell = this.terminal.dimensions?.css.cell;
    return cell === undefined || cell.width === 0 || cell.height === 0 ? undefined : cell;
  }

  /** Lines above the screen. */
  get depth(): number {
    return this.terminal.buffer.active.baseY;
  }

  /** Lines between what is looked at and the screen; 0 at the bottom. */
  get distance(): number {
    const { baseY, viewportY } = this.terminal.buffer.active;
    return baseY - viewportY;
  }

  /** Whether scrolling moves through lines: not on an alternate screen, nor where the program takes the wheel. */
  get scrolls(): boolean {
    const { buffer, modes } = this.terminal;
    return buffer.active.type === "normal" && modes.mouseTrackingMode === "none";
  }

  dispose(): void {
    this.isListening = false;
    for (const disposable of this.#disposables) disposable.dispose();
    this.element.remove();
  }
}
