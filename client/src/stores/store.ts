// A value that changes by events alone, and tells who watches. It fits React's useSyncExternalStore as it is.

import type { Cancel } from "../platform.ts";

export interface Readable<State> {
  /** The present state: the same object until something has happened. */
  readonly getSnapshot: () => State;
  readonly subscribe: (listener: () => void) => Cancel;
}

export interface Store<State, Event> extends Readable<State> {
  readonly dispatch: (event: Event) => void;
}

export function createStore<State, Event>(
  reducer: (state: State, event: Event) => State,
  initial: State,
): Store<State, Event> {
  let state = initial;
  const listeners = new Set<() => void>();
  return {
    getSnapshot: () => state,
    subscribe: (listener) => {
      // A wrapper of its own lets the same listener watch twice and leave once.
      const entry = () => listener();
      listeners.add(entry);
      return () => listeners.delete(entry);
    },
    dispatch: (event) => {
      const next = reducer(state, event);
      if (next === state) return;
      state = next;
      for (const listener of [...listeners]) listener();
    },
  };
}
