// Whether the person is in the middle of something that another pane would break: a mouse button is down, or a word is
// being composed.

import type { IDisposable } from "@xterm/xterm";

export interface Holding extends IDisposable {
  readonly isHeld: boolean;
}

export function watchHolding(host: HTMLElement, onRelease: () => void): Holding {
  const reasons = new Set<string>();
  const listeners = new AbortController();
  const { signal } = listeners;
  const begin = (reason: string) => () => void reasons.add(reason);
  const end = (reason: string) => () => {
    if (reasons.delete(reason) && reasons.size === 0) onRelease();
  };
  const capture = { capture: true, passive: true, signal };
  host.addEventListener("pointerdown", begin("pointer"), capture);
  window.addEventListener("pointerup", end("pointer"), capture);
  window.addEventListener("pointercancel", end("pointer"), capture);
  window.addEventListener("blur", end("pointer"), { signal });
  host.addEventListener("compositionstart", begin("composition"), capture);
  host.addEventListener("compositionend", end("composition"), capture);
  return {
    get isHeld() {
      return reasons.size > 0;
    },
    dispose: () => listeners.abort(),
  };
}
