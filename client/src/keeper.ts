// Keeps a circuit honest: pings when it is silent, and says when it is dead. One timer, armed for the next question.

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
    const { due } = this.#liveness;
    this.#cancel = this.platform.after(Math.max(due - this.platform.now(), 0), () => this.#fire(due));
  }

  #fire(due: number): void {
    const now = this.platform.now();
    const verdict = this.#liveness.poll(now, now - due);
    if (verdict !== "dead") this.#arm();
    if (verdict === "ping") this.handlers.ping();
    if (verdict === "dead") this.handlers.dead();
  }
}
