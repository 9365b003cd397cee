// The input of an attachment: once and in order over lost links, and nothing old unasked.

import { describe, expect, it } from "vitest";
import { Flag, Kind } from "../src/frame.ts";
import { attached, bytes, scene } from "./fake/scene.ts";
import { reconnected } from "./fake/story.ts";

describe("input", () => {
  it("flies at once, and the truth of the terminal comes back", async () => {
    const { attachment, typed, applied, viewer, clock } = await attached();
    const since = clock.now();
    expect(attachment.write(bytes("ls"))).toBe(true);
    expect(typed()).toEqual(["0:ls"]);
    expect(attachment.unansweredSince).toBe(since);
    applied(2, 2 ** 40, Flag.echo | Flag.icanon);
    expect(viewer.applied).toEqual([{ input: 2, output: 2 ** 40, echo: true, icanon: true }]);
    expect(attachment.unansweredSince).toBeUndefined();
  });

  it("typed without a link flies once there is one, from where it was applied", async () => {
    const scene = await attached();
    scene.attachment.write(bytes("abc"));
    expect(scene.typed()).toEqual(["0:abc"]);
    await scene.end().cut();
    scene.attachment.write(bytes("de"));
    await scene.clock.advance(400);
    await scene.end().greet();
    const { writer } = scene.opened({ input: { applied: 2, contested: false } });
    expect(writer?.sent).toBe(3);
    expect(scene.typed()).toEqual(["2:cde"]);
  });

  it("that nothing answers flies on a new circuit soon, not when TCP tries again", async () => {
    const scene = await attached();
    scene.attachment.write(bytes("abc"));
    scene.typed();
    await scene.clock.advance(3_000);
    scene.end().take(Kind.ping);
    await scene.clock.advance(7_400);
    await scene.end().greet();
    scene.opened();
    expect(scene.typed()).toEqual(["0:abc"]);
  });

  it("keeps its writer over reconnects", async () => {
    const later = await scene();
    const first = later.opened().writer?.id;
    await reconnected(later);
    expect(later.opened().writer?.id).toBe(first);
  });

  it("that somebody else typed after is handed to the person, who may send it", async () => {
    const scene = await attached();
    scene.attachment.write(bytes("rm "));
    scene.typed();
    await reconnected(scene);
    scene.opened({ input: { applied: 0, contested: true } });
    expect([scene.viewer.take(), scene.typed()]).toEqual([["opened 80x24", "unsent rm "], []]);
    scene.attachment.write(bytes("x"));
    expect(scene.viewer.unsent[0]?.resend()).toBe(true);
    expect(scene.viewer.unsent[0]?.resend()).toBe(false);
    expect(scene.typed()).toEqual(["0:x", "1:rm "]);
  });

  it("that is older than 30 s is handed to the person, who may drop it", async () => {
    const scene = await attached();
    scene.attachment.write(bytes("old"));
    scene.typed();
    await scene.end().cut();
    await scene.clock.advance(31_000);
    await scene.end().cut();
    await scene.clock.advance(20_000);
    await scene.end().greet();
    scene.opened();
    expect(scene.viewer.take()).toEqual(["opened 80x24", "unsent old"]);
    scene.viewer.unsent[0]?.discard();
    expect([scene.viewer.unsent[0]?.resend(), scene.typed()]).toEqual([false, []]);
  });

  it("of a writer that was forgotten is handed over, and a new writer begins", async () => {
    const later = await scene();
    const first = later.opened().writer?.id;
    later.attachment.write(bytes("abc"));
    later.typed();
    await reconnected(later);
    later.asked();
    later.refused("writer_unknown");
    const { writer, channel } = later.opened();
    expect([writer?.sent, channel]).toEqual([0, 3]);
    expect(writer?.id).not.toBe(first);
    expect(later.viewer.take()).toEqual(["opened 80x24 new", "unsent abc", "opened 80x24"]);
  });

  it("of a writer that cannot be known yet ends with the machine's no, not in a circle", async () => {
    const { asked, refused, viewer } = await scene();
    asked();
    refused("writer_unknown");
    expect(viewer.take()).toEqual(["detached writer_unknown"]);
  });

  it("acknowledged beyond what was sent is a fault, and so is an ack without its offset", async () => {
    const first = await attached();
    first.applied(1);
    expect(first.why()).toBe("offset");
    const second = await attached();
    second.end().send({ kind: Kind.ack, channel: second.channel, offset: 0 });
    expect(second.why()).toBe("frame_payload");
  });

  it("does not exist for one who watches", async () => {
    const scene = await attached({ mode: "watch" });
    expect([scene.attachment.write(bytes("x")), scene.typed()]).toEqual([false, []]);
    scene.applied(0);
    expect(scene.why()).toBe("unexpected_frame");
  });
});
