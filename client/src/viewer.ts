// What one who looks at a session is told, and may say. Everything comes in order, and nothing after `detach`.

import type { Failure } from "./failure.ts";
import type { AttachMode, ExitStatus, Gap, Size } from "./generated/types.ts";

export interface Viewer {
  /** Attached. `isNew`: not the birth of the session that was shown before; clear the terminal first. */
  onOpened(opened: Opened): void;
  /** Output. Call `done` once the terminal has parsed it: the machine sends no more than a window ahead of that. */
  onOutput(bytes: Uint8Array, offset: number, done: () => void): void;
  /** These bytes are lost to this viewer; output goes on at `to`. */
  onGap(gap: Gap): void;
  onResized(size: Size): void;
  /** The program has ended; no output follows. */
  onExited(status: ExitStatus): void;
  /** The session cannot be seen any more, and this does not pass by itself. */
  onDetached(reason: Failure): void;
  /** Typed, not known to be applied, and not to be sent unasked: the person decides. */
  onUnsent(unsent: Unsent): void;
  /** The terminal has taken input: the truth for whoever echoes ahead of it. */
  onApplied?(applied: Applied): void;
}

export interface Opened {
  readonly size: Size;
  readonly isNew: boolean;
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
  /** Sets the terminal's size on the way in; left out, it stays as it is. */
  readonly size?: Size | undefined;
  /** Whether a person sees it now. */
  readonly visible: boolean;
}

/** The viewer, silent from the moment it is not wanted. */
export function whileWanted(viewer: Viewer, isWanted: () => boolean): Viewer {
  const tell = (say: () => void) => {
    if (isWanted()) say();
  };
  return {
    onOpened: (opened) => tell(() => viewer.onOpened(opened)),
    onOutput: (bytes, offset, done) => tell(() => viewer.onOutput(bytes, offset, done)),
    onGap: (gap) => tell(() => viewer.onGap(gap)),
    onResized: (size) => tell(() => viewer.onResized(size)),
    onExited: (status) => tell(() => viewer.onExited(status)),
    onDetached: (reason) => tell(() => viewer.onDetached(reason)),
    onUnsent: (unsent) => tell(() => viewer.onUnsent(unsent)),
    onApplied: (applied) => tell(() => viewer.onApplied?.(applied)),
  };
}
