// The list of all machines and their sessions: two lists gathered as one, events of both followed by one number.

import { describe, expect, it } from "vitest";
import type { MachineInfo, MeshSession, SessionInfo } from "../src/generated/types.ts";
import { watchMesh } from "../src/mesh-feed.ts";
import { MACHINES_MAX, meshReducer, NO_MESH, SESSIONS_EACH_MAX } from "../src/stores/mesh.ts";
import { idOf, machine, session } from "./fake/infos.ts";
import { greeted, reconnected } from "./fake/story.ts";

const [DESK, LAPTOP, A, B, C] = ["d", "l", "a", "b", "c"].map(idOf) as [
  string,
  string,
  string,
  string,
  string,
];
const desk = machine(DESK, { name: "desk", is_own: true });
const laptop = machine(LAPTOP, { name: "Laptop" });
const at = (machine: string, session: SessionInfo): MeshSession => ({ machine, session });

async function watching() {
  const story = await greeted();
  const { store, stop } = watchMesh(story.circuit, story.platform);
  const answer = (method: string, ok: object) => {
    const request = story.end().takeRequest();
    expect(request.method).toBe(method);
    story.end().answer(request, ok);
    return request.params;
  };
  const shown = () => {
    const { machines, sessions } = store.getSnapshot();
    return machines.map(({ id, name }) =>
      [name, ...(sessions.get(id) ?? []).map(({ name }) => name)].join(" "),
    );
  };
  let seq = 0;
  const event = (topic: "mesh.machine.changed" | "mesh.session.changed", data: object, number = seq + 1) => {
    seq = number;
    story.end().say({ t: "event", topic, seq, data });
  };
  return {
    ...story,
    stop,
    shown,
    event,
    state: store.getSnapshot,
    machines: (machines: MachineInfo[], more = {}) => {
      seq = 0;
      return answer("mesh.machine.list", { machines, ...more });
    },
    sessions: (sessions: MeshSession[], more = {}) => answer("mesh.session.list", { sessions, ...more }),
  };
}

describe("the list of all machines", () => {
  it("is gathered page after page, machines first, and shown when it is whole", async () => {
    const { machines, sessions, shown, state } = await watching();
    expect(machines([laptop], { next: LAPTOP })).toEqual({ subscribe: true });
    expect(machines([desk])).toEqual({ after: LAPTOP });
    const next = { machine: DESK, session: A };
    expect(sessions([at(DESK, session(A))], { next })).toEqual({});
    expect(shown()).toEqual([]);
    expect(sessions([at(DESK, session(B)), at(LAPTOP, session(A, "one more"))])).toEqual({ after: next });
    expect([shown(), state().isCurrent]).toEqual([["desk a b", "Laptop one more"], true]);
  });

  it("follows the events of machines and sessions by one number", async () => {
    const { machines, sessions, event, shown, state } = await watching();
    machines([desk, laptop]);
    event("mesh.session.changed", { machine: LAPTOP, session: session(C) });
    sessions([at(DESK, session(A))]);
    expect(shown()).toEqual(["desk a", "Laptop c"]);
    event("mesh.machine.changed", { machine: { ...laptop, state: "away", why: "it is off", seen_at: 7 } });
    expect(state().machines[1]).toMatchObject({ state: "away", seen_at: 7 });
    expect(shown()).toEqual(["desk a", "Laptop c"]);
    event("mesh.session.changed", { machine: DESK, removed: A });
    event("mesh.machine.changed", { removed: LAPTOP });
    expect([shown(), [...state().sessions.keys()]]).toEqual([["desk"], [DESK]]);
  });

  it("is asked for again when a number is missed", async () => {
    const { machines, sessions, event, shown } = await watching();
    machines([desk]);
    sessions([]);
    event("mesh.machine.changed", { machine: laptop }, 2);
    expect(shown()).toEqual(["desk"]);
    machines([desk, laptop]);
    sessions([]);
    event("mesh.session.changed", { machine: LAPTOP, session: session(B) });
    expect(shown()).toEqual(["desk", "Laptop b"]);
  });

  it("takes two machines' sessions of one id for two", async () => {
    const { machines, sessions, event, shown } = await watching();
    machines([desk, laptop]);
    sessions([at(DESK, session(A, "mine")), at(LAPTOP, session(A, "its"))]);
    event("mesh.session.changed", { machine: LAPTOP, removed: A });
    expect(shown()).toEqual(["desk mine", "Laptop"]);
  });

  it("stays on show without a link, and is asked for again on the next", async () => {
    const watch = await watching();
    watch.machines([desk]);
    watch.sessions([at(DESK, session(A))]);
    await reconnected(watch);
    expect([watch.shown(), watch.state().isCurrent]).toEqual([["desk a"], false]);
    watch.machines([desk, laptop]);
    watch.sessions([]);
    expect([watch.shown(), watch.state().isCurrent]).toEqual([["desk", "Laptop"], true]);
  });

  it("gives the gateway's reason when it is refused", async () => {
    const { end, state } = await watching();
    end().say({ t: "response", id: end().takeRequest().id, error: { code: "forbidden", message: "no" } });
    expect(state().refusal).toEqual({ code: "forbidden", message: "no" });
  });

  it("has an end, whatever a gateway tells", async () => {
    const { machines, sessions, end, state } = await watching();
    machines([desk], { next: DESK });
    for (let page = 2; page < 300; page += 1) machines([], { next: DESK });
    machines([laptop], { next: DESK });
    expect(() => end().takeRequest()).toThrow();
    expect(state().machines).toHaveLength(2);
    expect(sessions).toThrow();
  });
});

describe("what is kept of a mesh", () => {
  const many = Array.from({ length: MACHINES_MAX + 1 }, (_, number) => machine(`m${number}`));

  it("is so many machines at most", () => {
    const full = meshReducer(NO_MESH, { type: "listed", machines: many, sessions: [] });
    expect(full.machines).toHaveLength(MACHINES_MAX);
    expect(meshReducer(full, { type: "machine", change: { machine: laptop } }).machines).toHaveLength(
      MACHINES_MAX,
    );
  });

  it("is so many sessions of one, and none of a machine that is not listed", () => {
    const sessions = Array.from({ length: SESSIONS_EACH_MAX + 1 }, (_, number) =>
      at(DESK, session(`s${number}`)),
    );
    const full = meshReducer(NO_MESH, {
      type: "listed",
      machines: [desk],
      sessions: [...sessions, at(LAPTOP, session(A))],
    });
    expect([...full.sessions].map(([id, { length }]) => [id, length])).toEqual([[DESK, SESSIONS_EACH_MAX]]);
    for (const machine of [DESK, LAPTOP])
      expect(meshReducer(full, { type: "session", change: { machine, session: session(B) } })).toBe(full);
  });
});
