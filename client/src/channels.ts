// The channels this side has opened on one circuit: odd, upwards, never used again.

import { WireError } from "./errors.ts";
import { CHANNELS } from "./generated/limits.ts";

const CHANNEL_END = 2 ** 32;

export class Channels<Owner> {
  readonly #open = new Map<number, Owner>();
  #next = 1;
  /** Frames that came for a channel closed already. */
  dropped = 0;

  /** One more than fits is refused with `busy`. */
  open(owner: Owner): number {
    if (this.#open.size >= CHANNELS) {
      throw new WireError("busy", `${CHANNELS} terminals are open on this machine; close one first`);
    }
    if (this.#next >= CHANNEL_END) throw new WireError("channel", "this circuit has used up its channels");
    const channel = this.#next;
    this.#next += 2;
    this.#open.set(channel, owner);
    return channel;
  }

  close(channel: number): void {
    this.#open.delete(channel);
  }

  /** Who a frame is for; undefined if its channel was closed. One that was never opened is an error. */
  owner(channel: number): Owner | undefined {
    const owner = this.#open.get(channel);
    if (owner !== undefined) return owner;
    if (channel % 2 === 0 || channel >= this.#next) {
      throw new WireError("channel", `channel ${channel} was never opened`, "channel");
    }
    this.dropped += 1;
    return undefined;
  }
}
