// Who slept, and a clock that somebody sets: a circuit is asked about at once, and not taken for dead.

import { describe, expect, it } from "vitest";
import { Kind } from "../src/frame.ts";
import { greeted } from "./fake/story.ts";

describe("a circuit", () => {
  it("is asked about at once after a sleep that was shorter than its patience", async () => {
    const { clock, end, phase, why } = await greeted();
    await clock.advance(1_500);
    await clock.sleep(5_000);
    end().take(Kind.ping);
    await clock.advance(2_000);
    expect([phase(), why()]).toEqual(["waiting", "silent"]);
  });

  it("stays with a machine that answers, whichever way the clock is set", async () => {
    const { clock, end, phase } = await greeted();
    for (const hours of [1, -2, 25]) {
      clock.set(hours * 3_600_000);
      await clock.advance(1_000);
      end().send({ kind: Kind.pong, payload: end().take(Kind.ping).payload });
      await clock.advance(10_000);
      expect(phase()).toBe("ready");
    }
  });
});
