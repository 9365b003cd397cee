// All machines of the mesh and their sessions, as last heard. Events are upserts, so hearing one twice changes nothing.

import type { Failure } from "../failure.ts";
import type { FeedEvent } from "../feed.ts";
import type {
  MachineChanged,
  MachineInfo,
  MeshSession,
  MeshSessionChanged,
  SessionInfo,
} from "../generated/types.ts";
import { inOrder, withChange } from "./sessions.ts";

/** More machines, or more sessions of one, are not kept: a gateway that tells of them without end is none of ours. */
export const MACHINES_MAX = 1_000;
export const SESSIONS_EACH_MAX = 1_000;

export interface MeshState {
  /** Whether the list is complete and followed; after a lost circuit it is the last one known. */
  readonly isCurrent: boolean;
  /** Why the gateway does not tell, if it has said so. */
  readonly refusal: Failure | undefined;
  /** By name. */
  readonly machines: readonly MachineInfo[];
  /** Of each machine, by its id, in the order of their birth. */
  readonly sessions: ReadonlyMap<string, readonly SessionInfo[]>;
}

export type MeshNews =
  | {
      readonly type: "listed";
      readonly machines: readonly MachineInfo[];
      readonly sessions: readonly MeshSession[];
    }
  | { readonly type: "machine"; readonly change: MachineChanged }
  | { readonly type: "session"; readonly change: MeshSessionChanged };

export const NO_MESH: MeshState = { isCurrent: false, refusal: undefined, machines: [], sessions: new Map() };

export function meshReducer(state: MeshState, event: MeshNews | FeedEvent): MeshState {
  switch (event.type) {
    case "listed":
      return listed(event.machines, event.sessions);
    case "machine":
      return withMachine(state, event.change);
    case "session":
      return withSession(state, event.change);
    case "refused":
      return { ...state, isCurrent: false, refusal: event.why };
    case "lost-touch":
      return state.isCurrent ? { ...state, isCurrent: false } : state;
  }
}

/** A machine that stands on two pages, because it changed in between, is what the later one says; so is a session. */
function listed(machines: readonly MachineInfo[], sessions: readonly MeshSession[]): MeshState {
  const known = new Map(machines.slice(0, MACHINES_MAX).map((machine) => [machine.id, machine]));
  const ofMachine = new Map<string, Map<string, SessionInfo>>();
  for (const { machine, session } of sessions) {
    if (!known.has(machine)) continue;
    const its = ofMachine.get(machine) ?? new Map<string, SessionInfo>();
    if (its.size < SESSIONS_EACH_MAX) ofMachine.set(machine, its.set(session.id, session));
  }
  return {
    isCurrent: true,
    refusal: undefined,
    machines: byName([...known.values()]),
    sessions: new Map([...ofMachine].map(([machine, its]) => [machine, inOrder([...its.values()])])),
  };
}

function withMachine(state: MeshState, { machine, removed }: MachineChanged): MeshState {
  const others = state.machines.filter(({ id }) => id !== machine?.id && id !== removed);
  if (machine !== undefined) {
    const machines = others.length < MACHINES_MAX ? byName([...others, machine]) : others;
    return { ...state, machines };
  }
  const sessions = new Map(state.sessions);
  if (removed !== undefined) sessions.delete(removed);
  return { ...state, machines: others, sessions };
}

function withSession(state: MeshState, { machine, ...change }: MeshSessionChanged): MeshState {
  if (!state.machines.some(({ id }) => id === machine)) return state;
  const its = withChange(state.sessions.get(machine) ?? [], change);
  if (its.length > SESSIONS_EACH_MAX) return state;
  return { ...state, sessions: new Map(state.sessions).set(machine, its) };
}

function byName(machines: readonly MachineInfo[]): readonly MachineInfo[] {
  const key = ({ name, id }: MachineInfo) => `${name.toLowerCase()} ${id}`;
  return [...machines].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
