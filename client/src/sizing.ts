// The size a viewer has room for, and whether it is the one that sets the terminal's. One wish flies at a time; the last
// one follows it, and one that a lost link swallowed goes with the next attach.

import { isCode } from "./codes.ts";
import { RequestError } from "./failure.ts";
import type { ResizeParams, Size, Theme } from "./generated/types.ts";
import type { Requests } from "./requests.ts";
import type { Viewer } from "./viewer.ts";

interface Wish {
  readonly size: Size;
  /** This viewer sets the size from now on, whoever did. */
  readonly take: boolean;
}

export interface SizingParts {
  readonly requests: Pick<Requests, "ask">;
  readonly viewer: Pick<Viewer, "onDrives">;
  readonly session: string;
  readonly size: Size | undefined;
  readonly theme: Theme | undefined;
}

export class Sizing {
  /** What the machine does not know of yet. */
  #wish: Wish | undefined;
  #isFlying = false;
  /** The open channel. */
  #channel: number | undefined;
  #drives = false;

  constructor(private readonly parts: SizingParts) {
    this.#wish = parts.size === undefined ? undefined : { size: parts.size, take: false };
  }

  get drives(): boolean {
    return this.#drives;
  }

  /** What goes with an attach. */
  get size(): Size | undefined {
    return this.#wish?.size;
  }

  want(size: Size, take: boolean): void {
    this.#wish = merged(this.#wish, { size, take });
    this.#tell();
  }

  /** Attached, which has said `told`. */
  raised(channel: number, told: Size | undefined): void {
    if (this.#wish?.size === told && !this.#wish?.take) this.#wish = undefined;
    this.#channel = channel;
    this.#isFlying = false;
    this.#tell();
  }

  grounded(): void {
    this.#channel = undefined;
  }

  /** The machine says who drives. `isKnown`: the viewer has heard it already. */
  heard(drives: boolean, isKnown: boolean): void {
    const isNews = this.#drives !== drives;
    this.#drives = drives;
    if (isNews && !isKnown) this.parts.viewer.onDrives(drives);
  }

  #tell(): void {
    const wish = this.#wish;
    const channel = this.#channel;
    if (wish === undefined || channel === undefined || this.#isFlying) return;
    this.#wish = undefined;
    this.#isFlying = true;
    this.parts.requests.ask("terminal.session.resize", this.#params(wish, channel), {
      resolve: ({ drives }) => this.#settled(channel, () => this.heard(drives, false)),
      reject: (error) => {
        // The circuit ended before the answer: the next attach says the size again, unless there is a newer wish.
        if (isLost(error)) this.#wish = merged(wish, this.#wish);
        this.#settled(channel, () => {});
      },
    });
  }

  #params({ size, take }: Wish, channel: number): ResizeParams {
    const { session, theme } = this.parts;
    return { session, size, channel, ...(take ? { take } : {}), ...(theme === undefined ? {} : { theme }) };
  }

  /** An answer of a channel that is left means nothing any more. */
  #settled(channel: number, act: () => void): void {
    if (this.#channel !== channel) return;
    this.#isFlying = false;
    act();
    this.#tell();
  }
}

/** The newer size; a take is a take until it is told. */
function merged(older: Wish | undefined, newer: Wish | undefined): Wish | undefined {
  if (older === undefined || newer === undefined) return newer ?? older;
  return { size: newer.size, take: older.take || newer.take };
}

function isLost(error: Error): boolean {
  return error instanceof RequestError && !isCode(error.code);
}
