// Keeps a circuit honest: pings when it is silent, and says when it is dead. One timer, armed for the next look.

import { Liveness } from "./liveness.ts";
import type { Cancel, Platform } from "./platform.ts";

export interface KeeperHandlers {
  ping(): void;
  dead(): void;
}

export class Keeper {
  readonly #liveness: Liveness;
  #cancel: Cancel = () => {};

  constructor(
    private readonly platform: Pick<Platform, "now" | "after">,
    private readonly handlers: KeeperHandlers,
  ) {
    this.#liveness = new Liveness(platform.now());
    this.#arm();
  }

  heard(): void {
    this.#liveness.heard(this.platform.now());
  }

  answered(): void {
    this.#liveness.answered(this.platform.now());
  }

  typed(): void {
    this.#liveness.typed(this.platform.now());
  }

  wake(): void {
    this.#liveness.wake(this.platform.now());
    this.handlers.ping();
    this.#arm();
  }

  stop(): void {
    this.#cancel();
  }

  /** The timer is not moved at every frame: when it fires too early it is armed again. */
  #arm(): void {
    this.#cancel();
    const wait = Math.max(this.#liveness.due - this.platform.now(), 0);
    this.#cancel = this.platform.after(wait, () => this.#fire());
  }

  #fire(): void {
    const verdict = this.#liveness.poll(this.platform.now());
    if (verdict !== "dead") this.#arm();
    if (verdict === "ping") this.handlers.ping();
    if (verdict === "dead") this.handlers.dead();
  }
}
