// A session in a terminal: what the attachment tells is shown, what the person types is written.

import type { Attachment, AttachOptions, Cancel, ExitStatus, Size, Unsent, Viewer } from "@homie/client";
import { History } from "./history.ts";
import type { TerminalEvents, TerminalView } from "./terminal.ts";
import { coloursOfTheme } from "./theme.ts";

export interface ShownSession {
  readonly view: TerminalView;
  readonly attachment: Attachment;
  /** This viewer's room becomes the terminal's size, for everyone. */
  takeSize(): void;
  /** Whether a person sees it. */
  setVisible(isVisible: boolean): void;
  dispose(): void;
}

/** What the page says around the terminal. */
export interface ShownState {
  readonly grid: Size;
  /** Whether this viewer sets the size. */
  readonly drives: boolean;
  /** Whether the grid is the one this page has room for. */
  readonly fits: boolean;
  /** What happened last that the program did not print. */
  readonly notice: string | undefined;
}

export interface SessionParts {
  /** Which session, and whether the person may type. */
  readonly options: Pick<AttachOptions, "session" | "mode" | "visible">;
  makeView(events: TerminalEvents): TerminalView;
  attach(options: AttachOptions, viewer: Viewer): Attachment;
  now(): number;
  after(milliseconds: number, run: () => void): Cancel;
  onState(state: ShownState): void;
  /** Typed before a link broke: the person decides whether these bytes are still meant. */
  onUnsent(unsent: Unsent): void;
  /** The program wants this in the clipboard: the person decides. */
  onClipboard(text: Uint8Array): void;
}

/** Shows one session for as long as it is not disposed. */
export function showSession(parts: SessionParts): ShownSession {
  return new Showing(parts);
}

class Showing implements ShownSession {
  readonly view: TerminalView;
  readonly attachment: Attachment;
  readonly #history: History;
  #state: ShownState;
  #isOver = false;

  constructor(private readonly parts: SessionParts) {
    const { now, after } = parts;
    this.#history = new History({
      ask: (lines, refused) => this.attachment.askSnapshot(lines, refused),
      onRefused: () => this.view.settle(),
      now,
      after,
    });
    this.#state = { grid: { cols: 80, rows: 24 }, drives: true, fits: true, notice: undefined };
    this.view = parts.makeView(this.#events());
    const size = this.view.room;
    this.#tell({ grid: size });
    const options = { ...parts.options, size, delivery: "screen", theme: coloursOfTheme } as const;
    this.attachment = parts.attach(options, this.#viewer());
  }

  takeSize(): void {
    this.attachment.take(this.view.room);
    this.view.focus();
  }

  setVisible(isVisible: boolean): void {
    this.attachment.setVisible(isVisible);
  }

  dispose(): void {
    this.#history.dispose();
    this.attachment.detach();
    this.view.dispose();
  }

  #events(): TerminalEvents {
    return {
      onInput: (bytes) => this.#type(bytes),
      onRoom: (size) => this.attachment.resize(size),
      onFits: (fits) => this.#tell({ fits }),
      onReach: () => this.#history.reach(),
      needsHistory: (distance) => this.#history.needs(distance),
    };
  }

  #type(bytes: Uint8Array): void {
    this.#history.busy();
    if (this.#isOver || this.attachment.write(bytes)) return;
    this.#tell({ notice: "not taken: a megabyte of input waits already" });
  }

  #viewer(): Viewer {
    const { view } = this;
    return {
      onOpened: ({ size, isNew, drives, hasSnapshot }) => {
        if (isNew && !hasSnapshot) view.reset();
        this.#drive(drives);
        this.#resized(size);
        this.#history.opened();
      },
      onOutput: (bytes, _offset, done) => {
        this.#history.busy();
        view.write(bytes, done);
      },
      onSnapshot: ({ isSkip, pieces }, done) => {
        if (isSkip) view.skip(pieces, done);
        else this.#replace(pieces, done);
      },
      onDrives: (drives) => this.#drive(drives),
      onGap: ({ from, to }) =>
        this.#tell({ notice: `${(to - from).toLocaleString("en")} bytes of output are lost` }),
      onResized: (size) => this.#resized(size),
      onExited: (status) => this.#over(exitWords(status)),
      onDetached: ({ message }) => this.#over(message),
      onUnsent: this.parts.onUnsent,
      onClipboard: this.parts.onClipboard,
    };
  }

  #replace(pieces: readonly Uint8Array[], done: () => void): void {
    this.view.replace(pieces, (depth) => {
      done();
      this.#history.shown(depth);
    });
  }

  #resized(grid: Size): void {
    this.view.setGrid(grid);
    this.#tell({ grid });
  }

  #drive(drives: boolean): void {
    this.view.setDriving(drives);
    this.#tell({ drives });
  }

  #over(notice: string): void {
    this.#isOver = true;
    this.#tell({ notice });
  }

  #tell(change: Partial<ShownState>): void {
    this.#state = { ...this.#state, ...change };
    this.parts.onState(this.#state);
  }
}

/** How a program ended, as a person would say it. */
function exitWords({ code, signal }: ExitStatus): string {
  if (signal !== undefined) return `ended by signal ${signal}`;
  return code === 0 || code === undefined ? "ended" : `ended with code ${code}`;
}
