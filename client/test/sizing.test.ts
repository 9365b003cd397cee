// The size a viewer has room for: told once per wish, taken over when the person says so, and whose it is.

import { describe, expect, it } from "vitest";
import { attached, SESSION, SIZE, scene } from "./fake/scene.ts";
import { reconnected } from "./fake/story.ts";

describe("the size", () => {
  it("is told once per wish, the last one last", async () => {
    const { attachment, end } = await attached();
    for (const cols of [81, 82, 83]) attachment.resize({ cols, rows: 24 });
    const first = end().takeRequest();
    expect(first.params).toEqual({ session: SESSION, size: { cols: 81, rows: 24 }, channel: 1 });
    expect(() => end().takeRequest()).toThrow();
    end().answer(first, { drives: true });
    expect(end().takeRequest().params).toMatchObject({ size: { cols: 83 } });
  });

  it("wished for without a link goes with the next attach, and only then", async () => {
    const scene = await attached({ size: SIZE });
    scene.attachment.resize({ cols: 90, rows: 30 });
    scene.end().takeRequest();
    await reconnected(scene);
    expect(scene.opened().size).toEqual({ cols: 90, rows: 30 });
    await reconnected(scene);
    expect(scene.opened().size).toBeUndefined();
  });

  it("is taken over by a tap, with the colours, and the take is not lost to a newer size or a lost link", async () => {
    const theme = { foreground: 1, background: 2, cursor: 3 };
    const scene = await attached({ theme });
    scene.attachment.resize({ cols: 81, rows: 24 });
    scene.attachment.take({ cols: 82, rows: 24 });
    scene.attachment.resize({ cols: 83, rows: 24 });
    scene.end().answer(scene.end().takeRequest(), { drives: false });
    const taken = { session: SESSION, size: { cols: 83, rows: 24 }, channel: 1, take: true, theme };
    expect(scene.end().takeRequest().params).toEqual(taken);
    await reconnected(scene);
    scene.opened({ drives: false });
    expect(scene.end().takeRequest().params).toEqual(taken);
  });

  it("is somebody's, and who that is is heard from the attach, the answer and the event, once each", async () => {
    const scene = await attached();
    expect(scene.attachment.drives).toBe(true);
    scene.event("terminal.session.driver", { drives: false }, 1);
    scene.event("terminal.session.driver", { drives: false }, 2);
    expect(scene.attachment.drives).toBe(false);
    scene.attachment.take(SIZE);
    scene.end().answer(scene.end().takeRequest(), { drives: true });
    expect(scene.viewer.take()).toEqual(["follows", "drives"]);
    await reconnected(scene);
    scene.opened({ drives: false });
    expect([scene.viewer.take(), scene.attachment.drives]).toEqual([["opened 80x24 foreign"], false]);
  });

  it("that is refused is not asked for again", async () => {
    const { attachment, end } = await attached();
    attachment.take(SIZE);
    end().say({ t: "response", id: end().takeRequest().id, error: { code: "forbidden", message: "no" } });
    expect(() => end().takeRequest()).toThrow();
  });
});

describe("being seen", () => {
  it("is told when it changes, and with the attach", async () => {
    const scene = await attached();
    scene.attachment.setVisible(true);
    scene.attachment.setVisible(false);
    expect(scene.end().takeRequest()).toMatchObject({
      method: "terminal.session.show",
      params: { channel: 1, visible: false },
    });
    expect(() => scene.end().takeRequest()).toThrow();
    await reconnected(scene);
    expect(scene.opened().visible).toBe(false);
  });

  it("that changes while the attach is under way is told after it", async () => {
    const later = await scene();
    later.attachment.setVisible(false);
    expect(later.opened().visible).toBe(true);
    expect(later.end().takeRequest().params).toEqual({ channel: 1, visible: false });
  });
});

describe("the clipboard", () => {
  it("is offered what the program puts there", async () => {
    const { event, viewer } = await attached();
    event("terminal.session.clipboard", { text: new TextEncoder().encode("copied") }, 1);
    expect(viewer.take()).toEqual(["clipboard copied"]);
  });
});
