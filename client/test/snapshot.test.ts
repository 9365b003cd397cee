// Snapshots: they set the place forwards and backwards without a hole, are acknowledged when they are shown, and are
// refused by name when they are not whole.

import { describe, expect, it } from "vitest";
import { Flag, Kind } from "../src/frame.ts";
import { SNAPSHOT_MAX } from "../src/pieces.ts";
import { attached, BIRTH, bytes, OTHER_BIRTH, type Scene, SIZE, scene } from "./fake/scene.ts";
import { reconnected } from "./fake/story.ts";

const SKIP = Flag.skip;
const LAST = Flag.last;

/** Attached with the delivery `screen`; nothing shows yet. */
async function opened(): Promise<Scene> {
  const it = await scene({ delivery: "screen" });
  it.opened({ from: 900, snapshot: true });
  it.viewer.take();
  return it;
}

/** The same, with a snapshot at 100 that is shown. */
async function shown(): Promise<Scene> {
  const it = await opened();
  it.piece(100, "screen", LAST);
  for (const done of it.viewer.parse.splice(0)) done();
  it.viewer.take();
  it.told();
  return it;
}

describe("an attach with the delivery `screen`", () => {
  it("asks for it, and is told that a snapshot comes", async () => {
    const theme = { foreground: 0xffffff, background: 0, cursor: 0xff0000 };
    const { opened, viewer } = await scene({ delivery: "screen", theme });
    expect(opened({ from: 900, snapshot: true, drives: false })).toMatchObject({ delivery: "screen", theme });
    expect(viewer.take()).toEqual(["opened 80x24 new foreign snapshot"]);
  });

  it("gets its pieces at once when all are there, and output goes on where it stands", async () => {
    const { piece, viewer, output, told } = await opened();
    piece(100, "one");
    piece(100, "two");
    expect(viewer.take()).toEqual([]);
    piece(100, "three", LAST);
    output(100, "next");
    expect(viewer.take()).toEqual(["snapshot 100:one|two|three", "100:next"]);
    expect(told()).toEqual([]);
    for (const done of viewer.parse) done();
    expect(told()).toEqual(["last 100", "104"]);
  });

  it("takes one of nothing", async () => {
    const { piece, viewer } = await opened();
    piece(0, "", LAST);
    expect(viewer.take()).toEqual(["snapshot 0:"]);
  });

  it("resumes with bytes where it can", async () => {
    const scene = await shown();
    scene.output(100, "abc");
    await reconnected(scene);
    expect(scene.opened({ from: 103 })).toMatchObject({ from: 103, incarnation: BIRTH, delivery: "screen" });
    scene.output(103, "d");
    expect(scene.viewer.take()).toEqual(["100:abc", "opened 80x24", "103:d"]);
  });

  it("resumes with a snapshot where it cannot, which is no gap", async () => {
    const scene = await shown();
    await reconnected(scene);
    scene.opened({ from: 70_000, snapshot: true });
    scene.piece(69_000, "later", LAST);
    scene.output(69_000, "x");
    expect(scene.viewer.take()).toEqual(["opened 80x24 snapshot", "snapshot 69000:later", "69000:x"]);
    await reconnected(scene);
    expect(scene.opened({ snapshot: true }).from).toBe(69_001);
  });

  it("asks from nowhere as long as nothing shows", async () => {
    const scene = await opened();
    scene.piece(100, "half");
    await reconnected(scene);
    expect(scene.opened({ snapshot: true })).not.toHaveProperty("from");
    scene.piece(200, "whole", LAST);
    expect(scene.viewer.take()).toEqual(["opened 80x24 snapshot", "snapshot 200:whole"]);
  });

  it("keeps its place when a link breaks within a snapshot", async () => {
    const scene = await shown();
    scene.output(100, "abc");
    scene.piece(5_000, "half");
    await reconnected(scene);
    expect(scene.opened({ from: 103 }).from).toBe(103);
    scene.output(103, "d");
    expect([scene.viewer.take(), scene.why()]).toEqual([["100:abc", "opened 80x24", "103:d"], undefined]);
  });

  it("waits for the snapshot of another birth, and counts in it from there", async () => {
    const scene = await shown();
    scene.output(100, "abc");
    await reconnected(scene);
    scene.opened({ incarnation: OTHER_BIRTH, from: 50, snapshot: true });
    scene.piece(40, "fresh", LAST);
    scene.output(40, "x");
    expect(scene.viewer.take()).toEqual([
      "100:abc",
      "opened 80x24 new snapshot",
      "snapshot 40:fresh",
      "40:x",
    ]);
  });
});

describe("a snapshot in the middle", () => {
  it("sets the place forwards", async () => {
    const { output, piece, viewer } = await shown();
    output(100, "abc");
    piece(5_000, "skipped", LAST | SKIP);
    output(5_000, "d");
    expect(viewer.take()).toEqual(["100:abc", "skip 5000:skipped", "5000:d"]);
  });

  it("sets the place backwards: what came before comes again, for the new terminal", async () => {
    const { output, piece, viewer, why } = await shown();
    output(100, "abcdef");
    piece(102, "history", LAST);
    output(102, "cdef");
    output(106, "g");
    expect([viewer.take(), why()]).toEqual([
      ["100:abcdef", "snapshot 102:history", "102:cdef", "106:g"],
      undefined,
    ]);
  });

  it("is followed by exactly its offset: a jump is a fault", async () => {
    const { piece, output, fault } = await shown();
    piece(50, "back", LAST);
    output(51, "x");
    expect(fault()).toMatch(/^offset offset: output jumps from 50 to 51/);
  });

  it("moves the place of what happens between the bytes", async () => {
    const { piece, event, why } = await shown();
    piece(50, "back", LAST);
    event("terminal.session.resized", { size: SIZE }, 1, 50);
    expect(why()).toBeUndefined();
    event("terminal.session.resized", { size: SIZE }, 2, 51);
    expect(why()).toBe("offset");
  });

  it("lets acknowledgements of input through between its pieces", async () => {
    const { attachment, piece, applied, viewer, typed, why } = await shown();
    attachment.write(bytes("x"));
    expect(typed()).toEqual(["0:x"]);
    piece(200, "a");
    applied(1);
    piece(200, "b", LAST);
    expect([viewer.take(), why()]).toEqual([["snapshot 200:a|b"], undefined]);
  });
});

describe("acknowledgements", () => {
  it("say in order what was parsed and what is shown", async () => {
    const { output, piece, viewer, told } = await shown();
    output(100, "abc");
    piece(102, "history", LAST);
    output(102, "c");
    output(103, "d");
    const [first, shot, third, fourth] = viewer.parse;
    first?.();
    expect(told()).toEqual(["103"]);
    shot?.();
    third?.();
    expect(told()).toEqual(["last 102", "103"]);
    fourth?.();
    fourth?.();
    shot?.();
    expect(told()).toEqual(["104"]);
  });

  it("of a snapshot cover what came before it, and one of output the snapshots before it", async () => {
    const { output, piece, viewer, told } = await shown();
    output(100, "abc");
    piece(102, "one", LAST);
    piece(102, "two", LAST | SKIP);
    output(102, "c");
    viewer.parse.at(-1)?.();
    expect(told()).toEqual(["last 102", "last 102", "103"]);
    viewer.parse[0]?.();
    expect(told()).toEqual([]);
  });

  it("of another circuit are not carried over", async () => {
    const scene = await shown();
    scene.piece(200, "shot", LAST);
    await reconnected(scene);
    scene.opened({ from: 200 });
    for (const done of scene.viewer.parse) done();
    expect(scene.told()).toEqual([]);
  });
});

describe("refused, by name:", () => {
  it("a piece at another offset", async () => {
    const { piece, fault } = await opened();
    piece(100, "a");
    piece(101, "b", LAST);
    expect(fault()).toMatch(/^offset offset: /);
  });

  it("a piece of another kind", async () => {
    const { piece, fault } = await shown();
    piece(100, "a");
    piece(100, "b", LAST | SKIP);
    expect(fault()).toMatch(/^frame_flags flags: /);
  });

  it("a piece of nothing that is not the last", async () => {
    const { piece, fault } = await opened();
    piece(100, "");
    expect(fault()).toMatch(/^frame_payload payload: /);
  });

  it("a skip for one who shows nothing", async () => {
    const { piece, fault } = await opened();
    piece(100, "a", LAST | SKIP);
    expect(fault()).toMatch(/^frame_flags flags: /);
  });

  it("output before the snapshot that was promised", async () => {
    const { output, fault } = await opened();
    output(900, "a");
    expect(fault()).toMatch(/^unexpected_frame kind: output before its snapshot/);
  });

  it("output, and an event, between the pieces", async () => {
    const first = await shown();
    first.piece(100, "a");
    first.output(100, "b");
    expect(first.fault()).toMatch(/^unexpected_frame kind: output between/);
    const second = await shown();
    second.piece(100, "a");
    second.event("terminal.session.resized", { size: SIZE }, 1, 100);
    expect(second.fault()).toMatch(/^unexpected_frame kind: an event between/);
  });

  it("a snapshot for one who takes bytes", async () => {
    const promised = await scene();
    promised.opened({ snapshot: true });
    expect(promised.fault()).toMatch(/^unexpected_frame snapshot: /);
    const sent = await attached();
    sent.piece(0, "a", LAST);
    expect(sent.fault()).toMatch(/^unexpected_frame kind: /);
  });

  it("a snapshot without end", async () => {
    const { end, channel, fault } = await opened();
    const piece = { kind: Kind.snapshot, channel, offset: 100, payload: new Uint8Array(65_536) };
    for (let sent = 0; sent < SNAPSHOT_MAX; sent += 65_536) end().send(piece);
    expect(fault()).toBeUndefined();
    end().send({ ...piece, payload: new Uint8Array(1), flags: LAST });
    expect(fault()).toMatch(/^too_large payload: /);
  });

  it("a frame of a channel that is not open yet", async () => {
    const { asked, piece, fault } = await scene({ delivery: "screen" });
    asked();
    piece(100, "a", LAST);
    expect(fault()).toMatch(/^channel channel: /);
  });
});

describe("a snapshot that is asked for", () => {
  it("names the channel and the lines", async () => {
    const { attachment, end } = await shown();
    expect(attachment.askSnapshot(1_000, () => {})).toBe(true);
    expect(end().takeRequest()).toMatchObject({
      method: "terminal.session.snapshot",
      params: { channel: 1, history: 1_000 },
    });
  });

  it("is not asked for without a channel, nor carried to the next, and a refusal is told", async () => {
    const scene = await shown();
    let refusals = 0;
    const ask = () =>
      scene.attachment.askSnapshot(10, () => {
        refusals += 1;
      });
    scene.end().buffered = 5_000_000;
    ask();
    scene.end().buffered = 0;
    await reconnected(scene);
    expect([refusals, ask()]).toEqual([1, false]);
    scene.opened({ from: 100 });
    expect(() => scene.end().takeRequest()).toThrow();
    ask();
    const { id } = scene.end().takeRequest();
    scene.end().say({ t: "response", id, error: { code: "busy", message: "no" } });
    expect(refusals).toBe(2);
  });
});
