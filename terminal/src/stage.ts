// Where the panes stand: how large their letters are, so that a foreign grid is seen in the room there is, and which part
// of it shows. A grid of this viewer's own has letters of the usual size.

import type { Size } from "@homie/client";
import { anchored, type Box, boxFor, clampZoom, fitScale, gridFor, isSame } from "./layout.ts";
import type { Pane } from "./pane.ts";

/** Pixels of the letters in a grid of one's own. */
export const FONT_SIZE = 13;
/** Letters come in these steps; what a cell measures is known only once it is drawn. */
const FONT_STEP = 0.25;
/** Steps that letters are made smaller when their cells turn out larger than they should. */
const FONT_STEPS_MAX = 8;

export interface StageEvents {
  /** There is room for another grid. */
  onRoom(room: Size): void;
  /** Whether the grid is the one there is room for. */
  onFits(fits: boolean): void;
}

export class Stage {
  readonly element: HTMLElement;
  drives = true;
  /** A cell with letters of the usual size. */
  cell: Box = { width: 8, height: 16 };
  #fontSize = FONT_SIZE;
  #zoom = 1;
  #panes: readonly Pane[] = [];
  #grid: Size | undefined;
  #room: Size | undefined;
  #fits = true;
  readonly #observer: ResizeObserver;
  /** A keyboard that opens and a phone that is turned change the room, and never the grid. */
  readonly #isHandheld = window.matchMedia("(pointer: coarse)").matches;

  constructor(
    private readonly host: HTMLElement,
    private readonly events: StageEvents,
  ) {
    this.element = document.createElement("div");
    this.element.className = "homie-panes";
    host.append(this.element);
    this.#observer = new ResizeObserver(() => this.#resized());
    this.#observer.observe(host);
  }

  get fontSize(): number {
    return this.#fontSize;
  }

  /** The grid that there is room for. */
  get room(): Size {
    return gridFor(this.#box, this.cell);
  }

  /** Whether the grid is shown in a size of its own, and may be zoomed. */
  get isScaled(): boolean {
    return (this.#isHandheld || !this.drives) && this.#grid !== undefined && !isSame(this.#grid, this.room);
  }

  get overflows(): boolean {
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = this.element;
    return scrollWidth > clientWidth || scrollHeight > clientHeight;
  }

  /** Learns from a pane of the usual letters how large a cell is. */
  measure(pane: Pane): void {
    this.cell = pane.cell ?? this.cell;
  }

  layOut(grid: Size, panes: readonly Pane[]): void {
    this.#grid = grid;
    this.#panes = panes;
    if (!this.isScaled) this.#zoom = 1;
    this.element.toggleAttribute("data-scaled", this.isScaled);
    this.#setLetters(this.isScaled ? this.#fit(grid) * this.#zoom : 1);
    this.#setBoxes();
    if (this.#isHandheld && this.#zoom === 1) this.#keepCursorInView();
    this.#tellFit(grid);
  }

  zoom(factor: number, x: number, y: number): void {
    if (this.#grid === undefined) return;
    const before = this.#fontSize;
    this.#zoom = clampZoom(this.#zoom * factor);
    const { scrollLeft, scrollTop } = this.element;
    this.layOut(this.#grid, this.#panes);
    const ratio = this.#fontSize / before;
    this.element.scrollLeft = anchored(scrollLeft, x, ratio);
    this.element.scrollTop = anchored(scrollTop, y, ratio);
  }

  pan(dx: number, dy: number): void {
    this.element.scrollLeft -= dx;
    this.element.scrollTop -= dy;
  }

  dispose(): void {
    this.#observer.disconnect();
    this.element.remove();
  }

  get #box(): Box {
    return { width: this.host.clientWidth, height: this.host.clientHeight };
  }

  #resized(): void {
    if (this.#grid !== undefined) this.layOut(this.#grid, this.#panes);
    const { room } = this;
    if (this.#room !== undefined && isSame(room, this.#room)) return;
    const isFirst = this.#room === undefined;
    this.#room = room;
    if (!isFirst && !this.#isHandheld) this.events.onRoom(room);
  }

  /** In one's hand the width is what has to fit; a page on a desk shows the grid whole. */
  #fit(grid: Size): number {
    return fitScale(boxFor(grid, this.cell), this.#box, !this.#isHandheld);
  }

  #setLetters(scale: number): void {
    this.#setFontSize(Math.max(Math.floor((FONT_SIZE * scale) / FONT_STEP) * FONT_STEP, 1));
    if (scale === 1) this.cell = this.#panes[0]?.cell ?? this.cell;
    for (
      let steps = 0;
      steps < FONT_STEPS_MAX && scale < 1 && this.#zoom === 1 && this.#isTooLarge;
      steps += 1
    ) {
      this.#setFontSize(Math.max(this.#fontSize - FONT_STEP, 1));
    }
  }

  #setFontSize(size: number): void {
    this.#fontSize = size;
    for (const { terminal } of this.#panes) {
      if (terminal.options.fontSize !== size) terminal.options.fontSize = size;
    }
  }

  get #isTooLarge(): boolean {
    const { width, height } = this.#content;
    return width > this.#box.width || (!this.#isHandheld && height > this.#box.height);
  }

  /** What the grid takes with the letters it has. */
  get #content(): Box {
    const cell = this.#panes[0]?.cell ?? this.cell;
    return boxFor(this.#grid ?? this.room, cell);
  }

  #setBoxes(): void {
    const content = this.#content;
    const box = this.#box;
    for (const { element } of this.#panes) {
      element.style.width = `${this.isScaled ? Math.max(content.width, box.width) : box.width}px`;
      element.style.height = `${this.isScaled ? Math.max(content.height, box.height) : box.height}px`;
    }
  }

  #keepCursorInView(): void {
    const [pane] = this.#panes;
    if (pane?.cell === undefined) return;
    const bottom = (pane.terminal.buffer.active.cursorY + 1) * pane.cell.height;
    this.element.scrollTop = Math.max(bottom - this.#box.height, 0);
  }

  #tellFit(grid: Size): void {
    const { room } = this;
    const fits = this.drives ? !this.#isHandheld || grid.cols === room.cols : isSame(grid, room);
    if (fits === this.#fits) return;
    this.#fits = fits;
    this.events.onFits(fits);
  }
}
