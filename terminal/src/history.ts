// When to ask for the lines that scrolled away: a snapshot comes without them, so that the first picture is there at once.
// Some are asked for when nothing has happened for a second, or when the person looks for them; all of them when those end.
// On a slow link the machine gives fewer than were asked for, and more each time: until one answer brings no more than the
// last, there may be more.

import type { Cancel } from "@homie/client";

/** Lines asked for at first: a tenth of a second on a link of 1 MB/s, during which a key waits. */
export const SOME_LINES = 1_000;
/** As many as a pane keeps. */
export const ALL_LINES = 10_000;
const IDLE = 1_000;
/** A snapshot without history has a row or two of it all the same. */
const BARE = 2;

export interface HistoryParts {
  /** Asks for a snapshot. False: it cannot be asked for now. */
  ask(lines: number, refused: () => void): boolean;
  /** What was asked for will not come. */
  onRefused(): void;
  now(): number;
  after(milliseconds: number, run: () => void): Cancel;
}

export class History {
  /** Asked for and not here yet. */
  #asked = 0;
  /** What the last answer was asked for. */
  #has = 0;
  /** The lines that it has brought. */
  #depth = 0;
  /** All there is, or all that a pane keeps. */
  #isAll = false;
  #isShown = false;
  #busyAt = 0;
  #cancel: Cancel = () => {};

  constructor(private readonly parts: HistoryParts) {}

  /** Attached: whatever was asked for on another circuit does not come any more. */
  opened(): void {
    this.#asked = 0;
    if (this.#isShown && this.#has === 0) this.#wait(IDLE);
  }

  /** Output or input: nobody waits for history now. */
  busy(): void {
    this.#busyAt = this.parts.now();
  }

  /** A snapshot stands in a fresh pane, with so many lines above it. */
  shown(depth: number): void {
    this.#isShown = true;
    if (this.#asked > 0 || depth > BARE) {
      this.#isAll = this.#asked === ALL_LINES && (depth <= this.#depth || depth >= ALL_LINES);
      this.#depth = depth;
      this.#has = Math.max(this.#asked, this.#has, SOME_LINES);
      this.#asked = 0;
      return;
    }
    this.#has = 0;
    this.#depth = 0;
    this.#isAll = false;
    this.#wait(IDLE);
  }

  /** The person looks for what is above the lines there are. */
  reach(): void {
    if (this.#has === 0) this.#ask(SOME_LINES);
    else if (!this.#isAll) this.#ask(ALL_LINES);
  }

  /** The person looks at a line so far up. True: a snapshot that may have it is on its way. */
  needs(distance: number): boolean {
    if (this.#asked === 0 && !this.#isAll) this.#ask(distance < SOME_LINES ? SOME_LINES : ALL_LINES);
    return this.#asked > 0;
  }

  dispose(): void {
    this.#cancel();
  }

  #ask(lines: number): void {
    if (this.#asked > 0) return;
    this.#cancel();
    const refused = () => {
      this.#asked = 0;
      this.parts.onRefused();
    };
    if (this.parts.ask(lines, refused)) this.#asked = lines;
  }

  #wait(milliseconds: number): void {
    this.#cancel();
    this.#cancel = this.parts.after(milliseconds, () => {
      const rest = this.#busyAt + IDLE - this.parts.now();
      if (rest > 0) this.#wait(rest);
      else this.#ask(SOME_LINES);
    });
  }
}
