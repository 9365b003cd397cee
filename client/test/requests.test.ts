// Requests: matched, kept, asked again with the same key, refused.

import { describe, expect, it } from "vitest";
import { REQUESTS } from "../src/generated/limits.ts";
import { settled } from "./fake/clock.ts";
import { dialled, greeted, reconnected } from "./fake/story.ts";

const ID = "a".repeat(26);
const SIZE = { cols: 80, rows: 24 };
const SESSION = {
  id: ID,
  incarnation: ID,
  name: "sh",
  command: ["sh"],
  cwd: "/",
  size: SIZE,
  state: "running",
  viewers: 0,
  created_at: 1,
  last_activity_at: 1,
  face: { preview: [] },
  recording: false,
} as const;

/** What became of a promise, readable at any time. */
function fate<T>(promise: Promise<T>): () => unknown {
  let outcome: unknown = "waiting";
  promise.then(
    (value) => {
      outcome = value;
    },
    (error: { code?: string }) => {
      outcome = error.code;
    },
  );
  return () => outcome;
}

describe("a request", () => {
  it("is matched with its answer, in any order", async () => {
    const { circuit, end } = await greeted();
    const first = circuit.request("terminal.session.list", {});
    const second = circuit.request("terminal.session.start", { size: SIZE });
    const [list, start] = [end().takeRequest(), end().takeRequest()];
    expect([list.method, list.key, start.key?.length]).toEqual(["terminal.session.list", undefined, 26]);
    end().answer(start, { session: SESSION });
    end().answer(list, { sessions: [] });
    expect(await second).toEqual({ session: SESSION });
    expect(await first).toEqual({ sessions: [] });
  });

  it("rejects with the machine's code", async () => {
    const { circuit, end } = await greeted();
    const outcome = fate(circuit.request("terminal.session.start", { size: SIZE }));
    const error = { code: "start_failed", message: "no such folder" } as const;
    end().say({ t: "response", id: end().takeRequest().id, error });
    await settled();
    expect(outcome()).toBe("start_failed");
  });

  it("rejects an answer of the wrong shape, and the circuit goes on", async () => {
    const { circuit, end, phase } = await greeted();
    const outcome = fate(circuit.request("terminal.session.list", {}));
    end().answer(end().takeRequest(), { sessions: [{}] });
    await settled();
    expect([outcome(), phase()]).toEqual(["missing_field", "ready"]);
  });

  it("waits for a link, and is asked once there is one", async () => {
    const { circuit, end } = await dialled();
    const outcome = fate(circuit.request("terminal.session.list", {}));
    await end().greet();
    end().answer(end().takeRequest(), { sessions: [] });
    await settled();
    expect(outcome()).toEqual({ sessions: [] });
  });

  it("with a key is asked again with the same key when the link is lost", async () => {
    const story = await greeted();
    const { circuit, end } = story;
    const outcome = fate(circuit.request("terminal.session.start", { size: SIZE }));
    const first = end().takeRequest();
    await reconnected(story);
    const again = end().takeRequest();
    expect([again.key, again.method, again.params]).toEqual([first.key, first.method, first.params]);
    end().answer(again, { session: SESSION });
    await settled();
    expect(outcome()).toEqual({ session: SESSION });
  });

  it("without a key fails with the link", async () => {
    const { circuit, end } = await greeted();
    const outcome = fate(circuit.request("terminal.session.list", {}));
    await end().cut();
    expect(outcome()).toBe("lost");
  });

  it("is given up after 30 s, and a late answer harms nobody", async () => {
    const { circuit, end, clock, phase } = await greeted();
    const outcome = fate(circuit.request("terminal.session.list", {}));
    const request = end().takeRequest();
    await clock.advance(15_000);
    end().sendRaw(Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    await clock.advance(15_000);
    expect(outcome()).toBe("timeout");
    end().answer(request, { sessions: [] });
    expect(phase()).toBe("ready");
  });

  it("is refused at once when 128 wait, or when the circuit is closed", async () => {
    const { circuit } = await dialled();
    const waiting = Array.from({ length: REQUESTS }, () =>
      fate(circuit.request("terminal.session.list", {})),
    );
    const oneMore = fate(circuit.request("terminal.session.list", {}));
    await settled();
    expect([oneMore(), waiting[0]?.()]).toEqual(["busy", "waiting"]);
    circuit.close();
    const late = fate(circuit.request("terminal.session.list", {}));
    await settled();
    expect([waiting[0]?.(), late()]).toEqual(["closed", "closed"]);
  });

  it("that cannot be encoded fails alone", async () => {
    const { circuit, phase } = await greeted();
    const outcome = fate(circuit.request("terminal.session.start", { size: SIZE, cwd: "\ud800" }));
    await settled();
    expect([outcome(), phase()]).toEqual(["malformed", "ready"]);
  });

  it("that cannot be encoded takes no place", async () => {
    const { circuit, end } = await greeted();
    for (let count = 0; count < REQUESTS; count += 1) {
      fate(circuit.request("terminal.session.start", { size: SIZE, cwd: "\ud800" }));
    }
    fate(circuit.request("terminal.session.list", {}));
    expect(end().takeRequest().method).toBe("terminal.session.list");
  });

  it("is not answered on a session's channel", async () => {
    const { circuit, end, why } = await greeted();
    fate(circuit.request("terminal.session.list", {}));
    end().say({ t: "response", id: end().takeRequest().id, ok: { sessions: [] } }, 1);
    expect(why()).toBe("channel");
  });

  it("that waits for room leaves no timer behind when the circuit is closed", async () => {
    const { circuit, end, clock } = await greeted();
    end().buffered = 5_000_000;
    fate(circuit.request("terminal.session.list", {}));
    circuit.close();
    expect(clock.timers).toBe(0);
  });

  it("waits while the socket is full of other things", async () => {
    const { circuit, end, clock } = await greeted();
    end().buffered = 5_000_000;
    fate(circuit.request("terminal.session.list", {}));
    await clock.advance(1_000);
    expect(() => end().takeRequest()).toThrow();
    end().buffered = 0;
    await clock.advance(100);
    expect(end().takeRequest().id).toBe(1);
  });
});
