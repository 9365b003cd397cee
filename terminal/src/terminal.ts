// The terminal as the rest of the house sees it: bytes and snapshots in, bytes out, in a grid that may be somebody else's.
//
// A snapshot is written into a hidden pane, which takes the shown one's place when it is parsed; output that follows goes
// there too. So nothing flickers, and whoever types goes on typing into what they see.

import type { Size } from "@homie/client";
import { carryOver } from "./carry.ts";
import { watchGestures } from "./gestures.ts";
import { watchHolding } from "./holding.ts";
import { Pane } from "./pane.ts";
import { Stage, type StageEvents } from "./stage.ts";

export interface TerminalEvents extends StageEvents {
  /** The person typed, pasted, or moved a mouse that the program listens to. */
  onInput(bytes: Uint8Array): void;
  /** The person looks for older lines than there are. */
  onReach(): void;
  /** The person looks at a line `distance` above the screen, which the new pane has not. True: a snapshot that has it is on
   * its way, and the new pane need not be shown before. */
  needsHistory(distance: number): boolean;
}

export interface TerminalView {
  /** The grid that the element has room for. */
  readonly room: Size;
  /** Shows bytes; `parsed` is called when the terminal has taken them, which is when they may be acknowledged. */
  write(bytes: Uint8Array, parsed: () => void): void;
  /** Paints on top of what shows. */
  skip(pieces: readonly Uint8Array[], parsed: () => void): void;
  /** Shows this and nothing else; `parsed` hears how many lines stand above the screen. */
  replace(pieces: readonly Uint8Array[], parsed: (depth: number) => void): void;
  /** Takes the grid that the session has, and whether it is this viewer's to set. */
  setGrid(size: Size): void;
  setDriving(drives: boolean): void;
  /** Shows what is ready, though it lacks what the person looks at. */
  settle(): void;
  /** Forgets everything shown. */
  reset(): void;
  focus(): void;
  dispose(): void;
}

/** Puts a terminal into an element. */
export function createTerminal(host: HTMLElement, events: TerminalEvents): TerminalView {
  return new Panes(host, events);
}

class Panes implements TerminalView {
  readonly #stage: Stage;
  readonly #holding: ReturnType<typeof watchHolding>;
  readonly #gestures: ReturnType<typeof watchGestures>;
  #shown: Pane;
  /** Written, and not shown yet. */
  #next: { readonly pane: Pane; isParsed: boolean } | undefined;
  #grid: Size;

  constructor(
    host: HTMLElement,
    private readonly events: TerminalEvents,
  ) {
    this.#stage = new Stage(host, events);
    this.#grid = { cols: 80, rows: 24 };
    this.#shown = this.#makePane();
    this.#stage.measure(this.#shown);
    this.#grid = this.room;
    this.#shown.resize(this.#grid);
    this.#show(this.#shown);
    this.#holding = watchHolding(host, () => this.#swap());
    this.#gestures = watchGestures(host, {
      canZoom: () => this.#stage.isScaled,
      canPan: () => this.#stage.overflows,
      zoom: (factor, x, y) => this.#stage.zoom(factor, x, y),
      pan: (dx, dy) => this.#stage.pan(dx, dy),
      reach: () => this.#reach(),
    });
  }

  get room(): Size {
    return this.#stage.room;
  }

  write(bytes: Uint8Array, parsed: () => void): void {
    this.#written.write(bytes, parsed);
  }

  skip(pieces: readonly Uint8Array[], parsed: () => void): void {
    this.#written.paint(pieces, parsed);
  }

  replace(pieces: readonly Uint8Array[], parsed: (depth: number) => void): void {
    this.#drop();
    const pane = this.#makePane();
    const next = { pane, isParsed: false };
    this.#next = next;
    pane.paint(pieces, () => {
      next.isParsed = true;
      parsed(pane.depth);
      this.#swap();
    });
  }

  setGrid(size: Size): void {
    this.#grid = size;
    this.#written.resize(size);
    this.#layOut();
  }

  setDriving(drives: boolean): void {
    this.#stage.drives = drives;
    this.#layOut();
  }

  settle(): void {
    this.#swap(true);
  }

  reset(): void {
    this.#drop();
    this.#shown.reset();
  }

  focus(): void {
    this.#shown.terminal.focus();
  }

  dispose(): void {
    this.#holding.dispose();
    this.#gestures.dispose();
    this.#drop();
    this.#shown.dispose();
    this.#stage.dispose();
  }

  /** Where output goes. */
  get #written(): Pane {
    return this.#next?.pane ?? this.#shown;
  }

  #makePane(): Pane {
    return new Pane(this.#stage.element, this.#grid, this.#stage.fontSize, {
      onInput: (bytes) => this.events.onInput(bytes),
      onScroll: () => this.#swap(),
    });
  }

  #drop(): void {
    this.#next?.pane.dispose();
    this.#next = undefined;
  }

  /** Shows the next pane when it is ready and the person can do without the old one. */
  #swap(isUrgent = false): void {
    const next = this.#next;
    if (next === undefined || !next.isParsed || this.#holding.isHeld) return;
    const { distance } = this.#shown;
    if (!isUrgent && distance > next.pane.depth && this.events.needsHistory(distance)) return;
    // What is asked for above may have come at once.
    if (this.#next !== next) return;
    this.#next = undefined;
    this.#show(next.pane, this.#shown);
  }

  /** Shows a pane in the place of another. What is hidden takes no focus, and a focus that only moves from one to the other
   * is nothing that a program should hear of: so nobody is listened to meanwhile. */
  #show(pane: Pane, old?: Pane): void {
    if (old !== undefined) old.isListening = false;
    this.#shown = pane;
    pane.element.dataset["shown"] = "";
    this.#layOut();
    if (old !== undefined) carryOver(old, pane);
    pane.isListening = true;
    old?.dispose();
  }

  #reach(): void {
    const { scrolls, terminal } = this.#shown;
    if (scrolls && terminal.buffer.active.viewportY <= terminal.rows) this.events.onReach();
  }

  #layOut(): void {
    this.#stage.layOut(this.#grid, this.#next === undefined ? [this.#shown] : [this.#shown, this.#next.pane]);
  }
}
