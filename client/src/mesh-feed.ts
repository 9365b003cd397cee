// Follows all machines of the mesh and their sessions, as the gateway at the other end of a circuit tells them: first the
// machines, page after page, then the sessions, then what changes of both (spec/MESH.md).

import type { Circuit } from "./circuit.ts";
import { pageOf, type Question, type Subject, type Watch, watch } from "./feed.ts";
import type { MachineInfo, MachinesParams, MeshSession, MeshSessionsParams } from "./generated/types.ts";
import type { Platform } from "./platform.ts";
import type { Told } from "./protocol.ts";
import { type MeshNews, type MeshState, meshReducer, NO_MESH } from "./stores/mesh.ts";
import { createStore } from "./stores/store.ts";

export type MeshWatch = Watch<MeshState>;

/** Over all links, until `stop`. */
export function watchMesh(circuit: Circuit, platform: Platform): MeshWatch {
  return watch(circuit, platform, createStore(meshReducer, NO_MESH), MESH);
}

const MESH: Subject<MeshNews> = {
  begin: () => {
    const machines: MachineInfo[] = [];
    const sessions: MeshSession[] = [];
    return { first: everything(machines, sessions), listed: () => ({ type: "listed", machines, sessions }) };
  },
  changeOf,
  // 150 machines with 320 sessions each fit.
  pagesMax: 300,
  heldMax: 10_000,
};

function everything(machines: MachineInfo[], sessions: MeshSession[]): Question {
  const sessionPage = (params: MeshSessionsParams): Question =>
    pageOf("mesh.session.list", params, ({ sessions: more, next }) => {
      sessions.push(...more);
      return next === undefined ? undefined : sessionPage({ after: next });
    });
  const machinePage = (params: MachinesParams): Question =>
    pageOf("mesh.machine.list", params, ({ machines: more, next }) => {
      machines.push(...more);
      return next === undefined ? sessionPage({}) : machinePage({ after: next });
    });
  return machinePage({ subscribe: true });
}

function changeOf({ topic, data }: Told): MeshNews | undefined {
  if (topic === "mesh.machine.changed") return { type: "machine", change: data };
  return topic === "mesh.session.changed" ? { type: "session", change: data } : undefined;
}
