// A session in a terminal: what the attachment tells reaches the view in its form, and what the person does reaches the
// attachment. View and attachment are of paper; the real ones meet in the browser tests.

import type { Attachment, AttachOptions, Viewer } from "@homie/client";
import { describe, expect, it } from "vitest";
import { type ShownState, showSession } from "../src/session.ts";
import type { TerminalEvents, TerminalView } from "../src/terminal.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (pieces: readonly Uint8Array[]) =>
  pieces.map((piece) => new TextDecoder().decode(piece)).join("|");
const ROOM = { cols: 100, rows: 30 };

function scene() {
  const notes: string[] = [];
  const note = (words: string) => void notes.push(words);
  let events: TerminalEvents | undefined;
  let viewer: Viewer | undefined;
  let options: AttachOptions | undefined;
  let state: ShownState | undefined;
  let isTaken = true;
  const view: TerminalView = {
    room: ROOM,
    write: (output, parsed) => {
      note(`write ${textOf([output])}`);
      parsed();
    },
    skip: (pieces, parsed) => {
      note(`skip ${textOf(pieces)}`);
      parsed();
    },
    replace: (pieces, parsed) => {
      note(`replace ${textOf(pieces)}`);
      parsed(0);
    },
    setGrid: ({ cols, rows }) => note(`grid ${cols}x${rows}`),
    setDriving: (drives) => note(drives ? "drives" : "follows"),
    settle: () => note("settle"),
    reset: () => note("reset"),
    focus: () => note("focus"),
    dispose: () => note("dispose"),
  };
  const attachment = {
    write: (typed: Uint8Array) => {
      note(`type ${textOf([typed])}`);
      return isTaken;
    },
    resize: ({ cols, rows }: typeof ROOM) => note(`resize ${cols}x${rows}`),
    take: ({ cols, rows }: typeof ROOM) => note(`take ${cols}x${rows}`),
    setVisible: (isVisible: boolean) => note(isVisible ? "seen" : "hidden"),
    askSnapshot: (history: number) => {
      note(`ask ${history}`);
      return true;
    },
    detach: () => note("detach"),
  } as unknown as Attachment;
  const timers: (() => void)[] = [];
  const shown = showSession({
    options: { session: "s", mode: "interactive", visible: true },
    makeView: (given) => {
      events = given;
      return view;
    },
    attach: (given, told) => {
      options = given;
      viewer = told;
      return attachment;
    },
    now: () => 0,
    after: (_, run) => {
      timers.push(run);
      return () => {};
    },
    onState: (told) => {
      state = told;
    },
    onUnsent: () => note("unsent"),
    onClipboard: (text) => note(`clipboard ${textOf([text])}`),
  });
  if (events === undefined || viewer === undefined) throw new Error("nothing was made");
  return {
    shown,
    events,
    viewer,
    timers,
    options: () => options,
    state: () => state,
    refuse: () => {
      isTaken = false;
    },
    /** The notes since the last look. */
    take: () => notes.splice(0),
  };
}

describe("a session", () => {
  it("is attached with its room, for screens, with colours", () => {
    const { options } = scene();
    const theme = { background: 0x0b0c0e, foreground: 0xe8eaed, cursor: 0xe8eaed };
    expect(options()).toMatchObject({ size: ROOM, delivery: "screen", theme, visible: true });
  });

  it("shows output, skips on top of it, and snapshots in its place", () => {
    const { viewer, take } = scene();
    const done = () => {};
    viewer.onOutput(bytes("a"), 0, done);
    viewer.onSnapshot({ offset: 5, isSkip: true, pieces: [bytes("b"), bytes("c")] }, done);
    viewer.onSnapshot({ offset: 5, isSkip: false, pieces: [bytes("d")] }, done);
    expect(take()).toEqual(["write a", "skip b|c", "replace d"]);
  });

  it("of another birth is cleared, unless a snapshot comes", () => {
    const { viewer, take } = scene();
    const opened = { size: ROOM, isNew: true, drives: true };
    viewer.onOpened({ ...opened, hasSnapshot: false });
    expect(take()).toEqual(["reset", "drives", "grid 100x30"]);
    viewer.onOpened({ ...opened, hasSnapshot: true });
    expect(take()).toEqual(["drives", "grid 100x30"]);
  });

  it("tells whose size it is, and takes it only when told to", () => {
    const { viewer, shown, events, state, take } = scene();
    const size = { cols: 200, rows: 50 };
    viewer.onOpened({ size, isNew: true, drives: false, hasSnapshot: true });
    events.onFits(false);
    expect(state()).toMatchObject({ grid: size, drives: false, fits: false });
    take();
    events.onInput(bytes("x"));
    events.onRoom({ cols: 90, rows: 20 });
    expect(take()).toEqual(["type x", "resize 90x20"]);
    shown.takeSize();
    expect(take()).toEqual(["take 100x30", "focus"]);
    viewer.onDrives(true);
    viewer.onResized(ROOM);
    expect(state()).toMatchObject({ grid: ROOM, drives: true });
  });

  it("asks for history after a quiet second, and when the person looks for it", () => {
    const { viewer, events, timers, take } = scene();
    viewer.onSnapshot({ offset: 5, isSkip: false, pieces: [] }, () => {});
    take();
    timers.at(-1)?.();
    expect(take()).toEqual([]);
    events.onReach();
    expect(take()).toEqual(["ask 1000"]);
    expect(events.needsHistory(3)).toBe(true);
  });

  it("says how it ended, and takes no more", () => {
    const { viewer, events, state, take } = scene();
    viewer.onExited({ code: 3 });
    expect(state()?.notice).toBe("ended with code 3");
    viewer.onExited({ code: 0 });
    expect(state()?.notice).toBe("ended");
    viewer.onExited({ signal: 9 });
    expect(state()?.notice).toBe("ended by signal 9");
    events.onInput(bytes("x"));
    expect(take()).toEqual([]);
  });

  it("says what is lost and what was not taken", () => {
    const { viewer, events, state, refuse } = scene();
    viewer.onGap({ from: 5, to: 1_005 });
    expect(state()?.notice).toBe("1,000 bytes of output are lost");
    refuse();
    events.onInput(bytes("x"));
    expect(state()?.notice).toMatch(/^not taken/);
  });

  it("hands on what only a person can decide, and whether one looks", () => {
    const { viewer, shown, take } = scene();
    viewer.onClipboard?.(bytes("text"));
    viewer.onUnsent({ bytes: bytes("x"), resend: () => true, discard: () => {} });
    shown.setVisible(false);
    shown.dispose();
    expect(take()).toEqual(["clipboard text", "unsent", "hidden", "detach", "dispose"]);
  });
});
