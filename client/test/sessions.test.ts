// The list of sessions: pages gathered, events followed, holes noticed.

import { describe, expect, it } from "vitest";
import type { SessionChanged, SessionInfo } from "../src/generated/types.ts";
import { watchSessions } from "../src/sessions-feed.ts";
import { NO_SESSIONS, sessionsReducer } from "../src/stores/sessions.ts";
import { createStore } from "../src/stores/store.ts";
import { idOf, session } from "./fake/infos.ts";
import { greeted, reconnected, type Story } from "./fake/story.ts";

const ids = ["a", "b", "c", "d"].map(idOf);
const [A = "", B = "", C = "", D = ""] = ids;

async function watching() {
  const story = await greeted();
  const watch = watchSessions(story.circuit, story.platform);
  const state = watch.store.getSnapshot;
  return {
    ...story,
    ...watch,
    state,
    names: () => state().sessions.map(({ name }) => name),
    page: (sessions: SessionInfo[], next?: string) => page(story, sessions, next),
    event: (seq: number, data: SessionChanged) =>
      story.end().say({ t: "event", topic: "terminal.session.changed", seq, data }),
  };
}

function page({ end }: Story, sessions: SessionInfo[], next?: string): unknown {
  const request = end().takeRequest();
  end().answer(request, { sessions, ...(next === undefined ? {} : { next }) });
  return request.params;
}

describe("the list of sessions", () => {
  it("is asked for with a subscription, and follows the events", async () => {
    const { page, event, names, state } = await watching();
    expect(state()).toEqual(NO_SESSIONS);
    expect(page([session(B)])).toEqual({ subscribe: true });
    event(1, { session: session(A) });
    event(2, { session: session(B, "renamed") });
    expect([names(), state().isCurrent]).toEqual([["a", "renamed"], true]);
    event(3, { removed: A });
    expect(names()).toEqual(["renamed"]);
  });

  it("is shown when all its pages are there, with what happened meanwhile", async () => {
    const { page, event, names, state } = await watching();
    page([session(A), session(B)], B);
    event(1, { removed: A });
    expect(state().isCurrent).toBe(false);
    expect(page([session(C)])).toEqual({ after: B });
    event(2, { session: session(D) });
    expect(names()).toEqual(["b", "c", "d"]);
  });

  it("is asked for again when an event is missing", async () => {
    const { page, event, names } = await watching();
    page([session(A)]);
    event(2, { session: session(B) });
    event(3, { session: session(C) });
    expect(names()).toEqual(["a"]);
    page([session(A), session(B), session(C)]);
    event(1, { session: session(D) });
    expect(names()).toEqual(["a", "b", "c", "d"]);
  });

  it("does not mix an old listing into a new one", async () => {
    const { page, event, end, names } = await watching();
    page([session(A)], A);
    const late = end().takeRequest();
    event(2, { session: session(B) });
    end().answer(late, { sessions: [session(C)] });
    expect(names()).toEqual([]);
    page([session(D)]);
    expect(names()).toEqual(["d"]);
  });

  it("stays on show without a link, and is asked for again on the next", async () => {
    const watch = await watching();
    watch.page([session(A)]);
    await watch.end().cut();
    expect([watch.names(), watch.state().isCurrent]).toEqual([["a"], false]);
    watch.circuit.wake();
    await watch.end().greet();
    watch.page([session(B)]);
    expect([watch.names(), watch.state().isCurrent]).toEqual([["b"], true]);
  });

  it("gives the machine's reason when it is refused", async () => {
    const { end, state, clock } = await watching();
    const refuse = (code: "forbidden" | "internal") =>
      end().say({ t: "response", id: end().takeRequest().id, error: { code, message: "no" } });
    refuse("internal");
    await clock.advance(400);
    refuse("forbidden");
    expect(state().refusal?.code).toBe("forbidden");
    await clock.advance(14_000);
    expect(() => end().takeRequest()).toThrow();
  });

  it("does not follow a machine that has pages without end", async () => {
    const { page, end, state } = await watching();
    for (let count = 0; count < 50; count += 1) page([], A);
    expect(() => end().takeRequest()).toThrow();
    expect(state().isCurrent).toBe(true);
  });

  it("is followed no more once stopped", async () => {
    const watch = await watching();
    watch.page([session(A)]);
    watch.stop();
    watch.event(1, { session: session(B) });
    await reconnected(watch);
    expect(watch.names()).toEqual(["a"]);
    expect(() => watch.end().takeRequest()).toThrow();
  });
});

describe("a store", () => {
  it("tells its listeners about changes, and only about those", () => {
    const store = createStore(sessionsReducer, NO_SESSIONS);
    let told = 0;
    const listener = () => {
      told += 1;
    };
    const [leaveOnce, leaveTwice] = [store.subscribe(listener), store.subscribe(listener)];
    store.dispatch({ type: "lost-touch" });
    expect([told, store.getSnapshot()]).toEqual([0, NO_SESSIONS]);
    store.dispatch({ type: "listed", sessions: [] });
    expect(told).toBe(2);
    leaveOnce();
    store.dispatch({ type: "lost-touch" });
    expect(told).toBe(3);
    leaveTwice();
    store.dispatch({ type: "listed", sessions: [] });
    expect(told).toBe(3);
  });
});
