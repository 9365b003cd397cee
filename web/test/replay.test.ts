// A recording is read, and played at its own pace from any place.

import { describe, expect, it } from "vitest";
import { factsOf, lengthOf } from "../src/app/RecordingRow.tsx";
import { parseCast } from "../src/replay/cast.ts";
import { Player, type PlayerState } from "../src/replay/player.ts";

const HEAD = JSON.stringify({ version: 2, width: 80, height: 24 });

function cast(...lines: string[]) {
  return parseCast([HEAD, ...lines].join("\n"));
}

describe("a recording", () => {
  it("is read line by line, and long pauses are left out", () => {
    const read = cast(
      '[0.5, "o", "a"]',
      '[1, "m", "mark"]',
      '[90, "o", "b"]',
      '[90.5, "r", "100x30"]',
      '[91, "o", "br',
    );
    expect(read).toEqual({
      size: { cols: 80, rows: 24 },
      events: [
        { at: 0.5, output: "a" },
        { at: 3, output: "b" },
        { at: 3.5, size: { cols: 100, rows: 30 } },
      ],
      length: 3.5,
    });
  });

  it.each(["", "no json", '{"version": 1, "width": 80, "height": 24}', '{"version": 2, "width": 80}'])(
    "%j is none",
    (text) => expect(parseCast(text)).toBeUndefined(),
  );

  it("of a size that no terminal has is none", () => {
    expect(parseCast('{"version": 2, "width": 0, "height": 24}')).toBeUndefined();
    expect(cast('[1, "r", "9999x1"]', '[1, "r", "rubbish"]')?.events).toEqual([]);
  });
});

function scene(...lines: string[]) {
  let now = 0;
  let due: { at: number; run: () => void } | undefined;
  const happened: string[] = [];
  let state: PlayerState = { at: 0, isPlaying: false };
  const read = cast(...lines);
  if (read === undefined) throw new Error("no recording");
  const player = new Player(read, {
    view: {
      write: (bytes, parsed) => {
        happened.push(new TextDecoder().decode(bytes));
        parsed();
      },
      setGrid: ({ cols, rows }) => happened.push(`${cols}x${rows}`),
      reset: () => happened.push("reset"),
    },
    now: () => now,
    after: (milliseconds, run) => {
      const timer = { at: now + milliseconds, run };
      due = timer;
      return () => {
        if (due === timer) due = undefined;
      };
    },
    onState: (told) => {
      state = told;
    },
  });
  const settle = async () => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  const wait = async (seconds: number) => {
    const end = now + seconds * 1_000;
    await settle();
    while (due !== undefined && due.at <= end) {
      const { at, run } = due;
      now = at;
      due = undefined;
      run();
      await settle();
    }
    now = end;
  };
  return { player, happened, wait, state: () => state };
}

const STORY = ['[1, "o", "one "]', '[1.2, "o", "two "]', '[2, "r", "90x20"]', '[3, "o", "three "]'];

describe("a player", () => {
  it("shows what was printed when it was printed, and stops at the end", async () => {
    const { player, happened, wait, state } = scene(...STORY);
    player.play();
    await wait(0.9);
    expect(happened).toEqual(["80x24"]);
    await wait(1.5);
    expect(happened).toEqual(["80x24", "one ", "two ", "90x20"]);
    await wait(5);
    expect(happened.at(-1)).toBe("three ");
    expect(state()).toEqual({ at: 3, isPlaying: false });
  });

  it("goes on where it was paused, and from the beginning when it had ended", async () => {
    const { player, happened, wait, state } = scene(...STORY);
    player.play();
    await wait(1.5);
    player.pause();
    await wait(60);
    expect([state().isPlaying, happened]).toEqual([false, ["80x24", "one ", "two "]]);
    player.play();
    await wait(60);
    expect(happened.at(-1)).toBe("three ");
    player.play();
    await wait(0);
    expect(happened.slice(-2)).toEqual(["reset", "80x24"]);
  });

  it("goes forward at once, and back by way of the beginning", async () => {
    const { player, happened, wait, state } = scene(...STORY);
    player.seek(2.5);
    await wait(0);
    expect(happened).toEqual(["80x24", "one two ", "90x20"]);
    player.seek(1.1);
    await wait(0);
    expect(happened.slice(3)).toEqual(["reset", "80x24", "one "]);
    expect(state()).toEqual({ at: 1.1, isPlaying: false });
  });
});

describe("a recording's facts", () => {
  it("are when, how long and how large", () => {
    const recording = { id: "a", session: "b", name: "sh", started_at: 0, bytes: 1_230_000, is_full: true };
    expect(factsOf({ ...recording, ended_at: 3_723_000 }).slice(1)).toEqual(["1:02:03", "1.2 MB", "full"]);
    expect(factsOf(recording).slice(1)).toEqual(["goes on"]);
    expect([lengthOf(0), lengthOf(59.9), lengthOf(61)]).toEqual(["0:00", "0:59", "1:01"]);
  });
});
