// Plays a recording into a terminal: at its own pace, from any place. Whoever goes back begins anew and hurries there.

import type { Cancel, Size } from "@homie/client";
import type { Cast, CastEvent } from "./cast.ts";

/** Milliseconds between two looks at what is due. */
const STEP = 33;
/** Characters that are written before the terminal is waited for. */
const AT_ONCE = 64 * 1024;

export interface PlayerState {
  /** Seconds. */
  readonly at: number;
  readonly isPlaying: boolean;
}

export interface PlayerParts {
  readonly view: {
    write(bytes: Uint8Array, parsed: () => void): void;
    setGrid(size: Size): void;
    reset(): void;
  };
  now(): number;
  after(milliseconds: number, run: () => void): Cancel;
  onState(state: PlayerState): void;
}

export class Player {
  readonly #encoder = new TextEncoder();
  #next = 0;
  #at = 0;
  #isPlaying = false;
  /** Counts what the person wants: whoever is on the way to an older wish stops. */
  #wish = 0;
  #cancel: Cancel = () => {};

  constructor(
    private readonly cast: Cast,
    private readonly parts: PlayerParts,
  ) {
    parts.view.setGrid(cast.size);
  }

  play(): void {
    this.#isPlaying = true;
    if (this.#at >= this.cast.length) this.#rewind();
    this.#go(this.#at);
  }

  pause(): void {
    this.#isPlaying = false;
    this.#go(this.#at);
  }

  seek(at: number): void {
    if (at < this.#at) this.#rewind();
    this.#go(at);
  }

  dispose(): void {
    this.#wish += 1;
    this.#cancel();
  }

  #rewind(): void {
    this.parts.view.reset();
    this.parts.view.setGrid(this.cast.size);
    this.#next = 0;
    this.#at = 0;
  }

  /** Goes to a place, and on from there if it plays. */
  #go(at: number): void {
    this.#wish += 1;
    this.#cancel();
    const wish = this.#wish;
    const start = this.parts.now() - at * 1_000;
    const step = async () => {
      const now = this.#isPlaying ? (this.parts.now() - start) / 1_000 : at;
      await this.#feed(Math.min(now, this.cast.length), wish);
      if (wish !== this.#wish) return;
      if (this.#at >= this.cast.length) this.#isPlaying = false;
      this.parts.onState({ at: this.#at, isPlaying: this.#isPlaying });
      if (this.#isPlaying) this.#cancel = this.parts.after(STEP, () => void step());
    };
    void step();
  }

  /** Writes all that has happened by then. */
  async #feed(at: number, wish: number): Promise<void> {
    while (wish === this.#wish) {
      const event = this.#due(at);
      if (event === undefined) break;
      if ("size" in event) {
        this.#next += 1;
        this.parts.view.setGrid(event.size);
      } else await this.#write(this.#text(at));
    }
    if (wish === this.#wish) this.#at = at;
  }

  #due(at: number): CastEvent | undefined {
    const event = this.cast.events[this.#next];
    return event !== undefined && event.at <= at ? event : undefined;
  }

  /** The output that is due, up to a change of the size. */
  #text(at: number): string {
    let text = "";
    for (let event = this.#due(at); event !== undefined && "output" in event; event = this.#due(at)) {
      if (text.length > AT_ONCE) break;
      text += event.output;
      this.#next += 1;
    }
    return text;
  }

  #write(text: string): Promise<void> {
    return new Promise((parsed) => this.parts.view.write(this.#encoder.encode(text), parsed));
  }
}
