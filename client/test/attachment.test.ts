// Attachments: output exact or declared, over lost links and other births, until the end.

import { describe, expect, it } from "vitest";
import { Kind } from "../src/frame.ts";
import { attached, BIRTH, bytes, OTHER_BIRTH, SESSION, SIZE, scene } from "./fake/scene.ts";
import { greeted, reconnected } from "./fake/story.ts";
import { NotingViewer } from "./fake/viewer.ts";

describe("attaching", () => {
  it("says who looks and who types, and hears the size", async () => {
    const { opened, viewer } = await scene({ size: { cols: 100, rows: 30 } });
    const params = opened();
    expect(params).toMatchObject({ channel: 1, session: SESSION, mode: "interactive", visible: true });
    expect(params.size).toEqual({ cols: 100, rows: 30 });
    expect(params.writer).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{16}$/), sent: 0 });
    expect([params.from, params.incarnation]).toEqual([undefined, undefined]);
    expect(viewer.take()).toEqual(["opened 80x24 new"]);
  });

  it("declares what the ring has lost before", async () => {
    const { opened, viewer, output } = await scene();
    opened({ from: 500, gap: { from: 0, to: 500 } });
    output(500, "hi");
    expect(viewer.take()).toEqual(["opened 80x24 new", "gap 0-500", "500:hi"]);
  });

  it("waits for a circuit", async () => {
    const story = await greeted();
    await story.end().cut();
    const viewer = new NotingViewer();
    const attachment = story.circuit.attach({ session: SESSION, mode: "watch", visible: true }, viewer);
    expect(attachment.write(bytes("x"))).toBe(false);
    await story.clock.advance(400);
    await story.end().greet();
    expect(story.end().takeRequest().params).toMatchObject({ session: SESSION, mode: "watch" });
  });

  it("is over when the session is not there", async () => {
    const { asked, refused, viewer, attachment, clock, machine } = await scene();
    asked();
    refused("not_found");
    expect(viewer.take()).toEqual(["detached not_found"]);
    expect(attachment.write(bytes("x"))).toBe(false);
    await clock.advance(10_000);
    expect(() => machine.end.takeRequest()).toThrow();
  });

  it("is tried again when the reason passes by itself, on another channel", async () => {
    const { asked, refused, opened, viewer, clock } = await scene();
    asked();
    refused("unreachable");
    await clock.advance(400);
    expect(opened().channel).toBe(3);
    expect(viewer.take()).toEqual(["opened 80x24 new"]);
  });

  it("that is not answered is taken back and tried again", async () => {
    const { asked, opened, end, clock } = await scene();
    asked();
    await clock.advance(15_000);
    end().send({ kind: Kind.pong });
    await clock.advance(15_000);
    expect(end().takeRequest()).toMatchObject({ method: "terminal.session.detach", params: { channel: 1 } });
    await clock.advance(400);
    expect(opened().channel).toBe(3);
  });

  it("is a fault of the machine when the start does not fit what is needed", async () => {
    const first = await scene();
    first.opened({ from: 10, gap: { from: 0, to: 5 } });
    expect(first.why()).toBe("offset");
    const second = await attached();
    second.output(0, "abc");
    await reconnected(second);
    second.opened({ from: 5 });
    expect(second.why()).toBe("offset");
  });

  it("refuses an answer to one who types that does not say what was applied", async () => {
    const { asked, end, why } = await scene();
    asked();
    end().say({
      t: "response",
      id: 1,
      ok: { incarnation: BIRTH, from: 0, size: SIZE, snapshot: false, drives: true },
    });
    expect(why()).toBe("missing_field");
  });
});

describe("output", () => {
  it("comes in order and is acknowledged when it is parsed", async () => {
    const { output, viewer, acks } = await attached();
    output(0, "abc");
    output(3, "de");
    expect(viewer.take()).toEqual(["0:abc", "3:de"]);
    expect(acks()).toEqual([]);
    for (const done of viewer.parse) done();
    expect(acks()).toEqual([3, 5]);
    for (const done of viewer.parse) done();
    expect(acks()).toEqual([]);
  });

  it("that comes again is trimmed, and a jump ends the link", async () => {
    const { output, viewer, why } = await attached();
    output(0, "abc");
    output(1, "bcd");
    output(0, "ab");
    expect(viewer.take()).toEqual(["0:abc", "3:d"]);
    output(5, "f");
    expect(why()).toBe("offset");
  });

  it("goes on behind a declared gap, and stands in order with what else happens", async () => {
    const { output, event, viewer } = await attached();
    output(0, "abc");
    event("terminal.session.resized", { size: { cols: 90, rows: 20 } }, 1, 3);
    event("terminal.session.gap", { from: 3, to: 9 }, 2, 3);
    output(9, "j");
    event("terminal.session.exited", { status: { code: 3 } }, 3, 10);
    expect(viewer.take()).toEqual(["0:abc", "resized 90x20", "gap 3-9", "9:j", "exited 3"]);
  });

  it("ends with the program, and so does input: nothing waits, nothing more is taken, on no circuit", async () => {
    const scene = await attached();
    scene.attachment.write(bytes("late"));
    expect(scene.attachment.unansweredSince).toBeDefined();
    scene.event("terminal.session.exited", { status: { code: 0 } }, 1);
    expect(scene.attachment.unansweredSince).toBeUndefined();
    expect(scene.attachment.write(bytes("later"))).toBe(false);
    expect(scene.typed()).toEqual(["0:late"]);
    await reconnected(scene);
    scene.opened({ input: { applied: 1, contested: false } });
    expect(scene.why()).toBeUndefined();
    expect(scene.viewer.take()).toEqual(["exited 0", "opened 80x24"]);
    expect(scene.typed()).toEqual([]);
  });

  it("resumes at the next byte after a lost link, and old parses acknowledge nothing new", async () => {
    const scene = await attached();
    scene.output(0, "abc");
    await reconnected(scene);
    const params = scene.opened();
    expect([params.from, params.incarnation, params.channel]).toEqual([3, BIRTH, 1]);
    scene.output(3, "def");
    expect(scene.viewer.take()).toEqual(["0:abc", "opened 80x24", "3:def"]);
    for (const done of scene.viewer.parse) done();
    expect(scene.acks()).toEqual([6]);
  });

  it("parsed while there is no link is not acknowledged on the next", async () => {
    const scene = await attached();
    scene.output(0, "abc");
    await scene.end().cut();
    for (const done of scene.viewer.parse) done();
    await scene.clock.advance(400);
    await scene.end().greet();
    scene.opened();
    expect(scene.acks()).toEqual([]);
  });

  it("declares what was lost meanwhile", async () => {
    const scene = await attached();
    scene.output(0, "abc");
    scene.viewer.take();
    await reconnected(scene);
    scene.opened({ from: 50, gap: { from: 3, to: 50 } });
    expect(scene.viewer.take()).toEqual(["opened 80x24", "gap 3-50"]);
  });

  it("that starts below what is needed is trimmed after a resume too", async () => {
    const scene = await attached();
    scene.output(0, "abc");
    await reconnected(scene);
    scene.opened({ from: 1 });
    scene.output(1, "bcd");
    expect(scene.viewer.take()).toEqual(["0:abc", "opened 80x24", "3:d"]);
  });

  it("of another birth starts over, and parses of the old one count no more", async () => {
    const scene = await attached();
    scene.output(0, "abc");
    await reconnected(scene);
    scene.opened({ incarnation: OTHER_BIRTH, from: 0 });
    scene.output(0, "xy");
    expect(scene.viewer.take()).toEqual(["0:abc", "opened 80x24 new", "0:xy"]);
    for (const done of scene.viewer.parse) done();
    expect(scene.acks()).toEqual([2]);
  });

  it("before the channel is open is a fault", async () => {
    const { asked, output, why } = await scene();
    asked();
    output(0, "abc");
    expect(why()).toBe("channel");
  });

  it("with a missing event is a fault", async () => {
    const { event, why } = await attached();
    event("terminal.session.resized", { size: SIZE }, 2);
    expect(why()).toBe("out_of_range");
  });

  it("with an event ahead of it is a fault", async () => {
    const { event, why } = await attached();
    event("terminal.session.resized", { size: SIZE }, 1, 7);
    expect(why()).toBe("offset");
  });
});

describe("the end", () => {
  it("by detaching is said to the machine, and nothing is heard after", async () => {
    const { attachment, end, output, viewer, phase } = await attached();
    output(0, "a");
    viewer.take();
    attachment.detach();
    expect(end().takeRequest()).toMatchObject({ method: "terminal.session.detach", params: { channel: 1 } });
    output(1, "b");
    expect([viewer.take(), phase()]).toEqual([[], "ready"]);
    expect(attachment.write(bytes("x"))).toBe(false);
  });

  it("by detaching is not carried to the next circuit, where the channel is another's", async () => {
    const scene = await attached();
    scene.end().buffered = 5_000_000;
    scene.attachment.detach();
    scene.end().buffered = 0;
    await reconnected(scene);
    expect(() => scene.end().takeRequest()).toThrow();
  });

  it("from within a callback is an end too", async () => {
    const later = await scene();
    const { onOpened } = later.viewer;
    Object.assign(later.viewer, {
      onOpened: (opened: Parameters<typeof onOpened>[0]) => {
        onOpened(opened);
        later.attachment.detach();
      },
    });
    later.attachment.write(bytes("ls"));
    later.opened({ from: 500, gap: { from: 0, to: 500 } });
    expect([later.viewer.take(), later.phase()]).toEqual([["opened 80x24 new"], "ready"]);
    expect(later.end().takeRequest().method).toBe("terminal.session.detach");
    expect(later.typed()).toEqual([]);
  });

  it("from the other side is told when it does not pass", async () => {
    const { event, viewer } = await attached();
    event("terminal.session.detached", { reason: { code: "ended", message: "over" } }, 1);
    expect(viewer.take()).toEqual(["detached ended"]);
  });

  it("from the other side that passes is mended by itself", async () => {
    const scene = await attached();
    scene.attachment.write(bytes("ab"));
    scene.typed();
    scene.output(0, "x");
    scene.event("terminal.session.detached", { reason: { code: "displaced", message: "new node" } }, 1);
    await scene.clock.advance(400);
    for (const done of scene.viewer.parse) done();
    expect(scene.acks()).toEqual([]);
    expect(scene.opened({ from: 1, input: { applied: 1, contested: false } }).channel).toBe(3);
    expect([scene.viewer.take(), scene.typed()]).toEqual([["0:x", "opened 80x24"], ["1:b"]]);
  });

  it("of the circuit is the end of its attachments, and of those that come late", async () => {
    const { circuit, viewer } = await attached();
    circuit.close();
    const late = new NotingViewer();
    circuit.attach({ session: SESSION, mode: "watch", visible: true }, late);
    expect([viewer.take(), late.take()]).toEqual([["detached closed"], ["detached closed"]]);
  });
});
