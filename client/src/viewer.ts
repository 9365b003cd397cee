// What one who looks at a session is told, and may say. Everything comes in order, and nothing after `detach`.

import type { Failure } from "./failure.ts";
import type { AttachMode, Delivery, ExitStatus, Gap, Size, Theme } from "./generated/types.ts";
import type { Snapshot } from "./pieces.ts";

export interface Viewer {
  /** Attached. `isNew`: not the birth of the session that was shown before; clear the terminal, or wait for the snapshot. */
  onOpened(opened: Opened): void;
  /** Output. Call `done` once the terminal has parsed it: the machine sends no more than a window ahead of that. */
  onOutput(bytes: Uint8Array, offset: number, done: () => void): void;
  /** The screen as it was at an offset, where output goes on: forwards or backwards of what came. Asked for with the
   * delivery `screen` alone. Call `done` once it is shown, after the `done`s of all that came before. */
  onSnapshot(snapshot: Snapshot, done: () => void): void;
  /** These bytes are lost to this viewer; output goes on at `to`. */
  onGap(gap: Gap): void;
  onResized(size: Size): void;
  /** Whether this viewer sets the size from now on. `onOpened` says it first. */
  onDrives(drives: boolean): void;
  /** The program has ended; no output follows. */
  onExited(status: ExitStatus): void;
  /** The session cannot be seen any more, and this does not pass by itself. */
  onDetached(reason: Failure): void;
  /** Typed, not known to be applied, and not to be sent unasked: the person decides. */
  onUnsent(unsent: Unsent): void;
  /** The program puts a text into the clipboard of whoever typed last: ask the person first. */
  onClipboard?(text: Uint8Array): void;
  /** The terminal has taken input: the truth for whoever echoes ahead of it. */
  onApplied?(applied: Applied): void;
}

export interface Opened {
  readonly size: Size;
  readonly isNew: boolean;
  /** Whether this viewer sets the size. */
  readonly drives: boolean;
  /** A snapshot comes before any output. */
  readonly hasSnapshot: boolean;
}

export interface Unsent {
  readonly bytes: Uint8Array;
  /** Types them again, after all that was typed since. False: nothing was taken. */
  resend(): boolean;
  discard(): void;
}

export interface Applied {
  /** All of this writer's bytes below this are in. */
  readonly input: number;
  /** Where the output stood then. */
  readonly output: number;
  readonly echo: boolean;
  readonly icanon: boolean;
}

export interface AttachOptions {
  readonly session: string;
  readonly mode: AttachMode;
  /** The size it has room for: the terminal's, if this viewer drives. */
  readonly size?: Size | undefined;
  /** Whether a person sees it now. */
  readonly visible: boolean;
  /** What it is sent when it does not keep up; left out, `bytes`. */
  readonly delivery?: Delivery | undefined;
  /** Its colours, for programs that ask while it drives. */
  readonly theme?: Theme | undefined;
}

/** The viewer, silent from the moment it is not wanted. */
export function whileWanted(viewer: Viewer, isWanted: () => boolean): Viewer {
  const tell = (say: () => void) => {
    if (isWanted()) say();
  };
  return {
    onOpened: (opened) => tell(() => viewer.onOpened(opened)),
    onOutput: (bytes, offset, done) => tell(() => viewer.onOutput(bytes, offset, done)),
    onSnapshot: (snapshot, done) => tell(() => viewer.onSnapshot(snapshot, done)),
    onGap: (gap) => tell(() => viewer.onGap(gap)),
    onResized: (size) => tell(() => viewer.onResized(size)),
    onDrives: (drives) => tell(() => viewer.onDrives(drives)),
    onExited: (status) => tell(() => viewer.onExited(status)),
    onDetached: (reason) => tell(() => viewer.onDetached(reason)),
    onUnsent: (unsent) => tell(() => viewer.onUnsent(unsent)),
    onClipboard: (text) => tell(() => viewer.onClipboard?.(text)),
    onApplied: (applied) => tell(() => viewer.onApplied?.(applied)),
  };
}
