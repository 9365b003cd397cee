// When history is asked for: after a quiet second, when the person looks for it, and never twice at once.

import { describe, expect, it } from "vitest";
import { ALL_LINES, History, SOME_LINES } from "../src/history.ts";

function scene() {
  let now = 0;
  const timers = new Set<{ at: number; run: () => void }>();
  const asked: number[] = [];
  const refusals: (() => void)[] = [];
  let settled = 0;
  let canAsk = true;
  const history = new History({
    ask: (lines, refused) => {
      if (!canAsk) return false;
      asked.push(lines);
      refusals.push(refused);
      return true;
    },
    onRefused: () => {
      settled += 1;
    },
    now: () => now,
    after: (milliseconds, run) => {
      const timer = { at: now + milliseconds, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  });
  const wait = (milliseconds: number) => {
    const end = now + milliseconds;
    for (;;) {
      const [due] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (due === undefined) break;
      timers.delete(due);
      now = due.at;
      due.run();
    }
    now = end;
  };
  return {
    history,
    asked,
    wait,
    refuse: () => refusals.pop()?.(),
    settled: () => settled,
    allow: (can: boolean) => {
      canAsk = can;
    },
  };
}

describe("history", () => {
  it("is asked for when nothing has happened for a second", () => {
    const { history, asked, wait } = scene();
    history.opened();
    wait(5_000);
    expect(asked).toEqual([]);
    history.shown(0);
    wait(600);
    history.busy();
    wait(999);
    expect(asked).toEqual([]);
    wait(1);
    expect(asked).toEqual([SOME_LINES]);
    history.shown(800);
    wait(10_000);
    expect(asked).toEqual([SOME_LINES]);
  });

  it("is asked for at once when the person looks for it, and all of it when the first part ends", () => {
    const { history, asked } = scene();
    history.shown(2);
    history.reach();
    history.reach();
    expect(asked).toEqual([SOME_LINES]);
    history.shown(SOME_LINES);
    history.reach();
    expect(asked).toEqual([SOME_LINES, ALL_LINES]);
    history.shown(ALL_LINES);
    history.reach();
    expect(asked).toHaveLength(2);
  });

  it("comes in parts over a slow link, until one brings no more than the last", () => {
    const { history, asked } = scene();
    history.shown(0);
    for (const depth of [300, 600, 1_200, 1_200]) {
      history.reach();
      history.shown(depth);
    }
    history.reach();
    expect(asked).toEqual([SOME_LINES, ALL_LINES, ALL_LINES, ALL_LINES]);
  });

  it("that there is not is not waited for by one who looks for it", () => {
    const { history, asked } = scene();
    history.shown(0);
    expect(history.needs(5_000)).toBe(true);
    history.shown(2_000);
    expect(history.needs(5_000)).toBe(true);
    history.shown(2_000);
    expect([history.needs(5_000), asked.length]).toEqual([false, 2]);
    // A resize begins anew.
    history.shown(0);
    expect(history.needs(5_000)).toBe(true);
  });

  it("of a session that has none is asked for once", () => {
    const { history, asked, wait } = scene();
    history.shown(0);
    wait(1_000);
    history.shown(0);
    wait(10_000);
    expect(asked).toEqual([SOME_LINES]);
  });

  it("is asked for again after a snapshot without it, which a resize brings", () => {
    const { history, asked, wait } = scene();
    history.shown(0);
    history.reach();
    history.shown(500);
    history.shown(2);
    wait(1_000);
    expect(asked).toEqual([SOME_LINES, SOME_LINES]);
  });

  it("is needed by one who looks at a line of it, and asked for as far as they look", () => {
    const { history, asked } = scene();
    history.shown(0);
    expect([history.needs(10), history.needs(5_000), asked]).toEqual([true, true, [SOME_LINES]]);
    history.shown(1_000);
    history.shown(0);
    expect([history.needs(5_000), asked]).toEqual([true, [SOME_LINES, ALL_LINES]]);
  });

  it("that is refused, or cannot be asked for, is not waited for", () => {
    const { history, asked, refuse, settled, allow, wait } = scene();
    history.shown(0);
    expect(history.needs(10)).toBe(true);
    refuse();
    expect(settled()).toBe(1);
    allow(false);
    expect(history.needs(10)).toBe(false);
    allow(true);
    history.opened();
    wait(1_000);
    expect(asked).toEqual([SOME_LINES, SOME_LINES]);
  });

  it("asked for on a link that broke is asked for on the next", () => {
    const { history, asked, wait } = scene();
    history.shown(0);
    history.reach();
    history.opened();
    wait(1_000);
    expect(asked).toEqual([SOME_LINES, SOME_LINES]);
    history.dispose();
    history.opened();
  });
});
