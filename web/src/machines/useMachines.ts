// All machines with their sessions: the page's own first, the others by name. Of the machine that is looked at the sessions
// are those that it tells itself; of the others those that the gateway has last heard of.

import type { ConnectionState, MachineInfo, OpenMachine, SessionInfo } from "@homie/client";
import { useState, useSyncExternalStore } from "react";
import type { Home } from "../home.ts";

export interface ShownMachine {
  readonly info: MachineInfo;
  readonly isOwn: boolean;
  /** What was opened of it, if anything was. */
  readonly opened: OpenMachine | undefined;
  readonly sessions: readonly SessionInfo[];
}

export interface Machines {
  readonly all: readonly ShownMachine[];
  /** The one that is looked at. */
  readonly here: ShownMachine & { readonly opened: OpenMachine };
  /** Whether its sessions are all there, and followed. */
  readonly isHereKnown: boolean;
  nameOf(machine: string): string;
}

export function useMachines({ mesh, own }: Home, chosen: string): Machines {
  const { machines, sessions } = useSyncExternalStore(mesh.store.subscribe, mesh.store.getSnapshot);
  const opened = useSyncExternalStore(mesh.opened.subscribe, mesh.opened.getSnapshot);
  // One that is no longer of the mesh is closed: the page goes home.
  const here = opened.get(chosen) ?? mesh.open(own);
  const { connection } = here.circuit;
  const state = useSyncExternalStore(connection.subscribe, connection.getSnapshot);
  const listing = useSyncExternalStore(here.sessions.store.subscribe, here.sessions.store.getSnapshot);
  const isListed = listing.isCurrent || listing.sessions.length > 0;
  const name = useOwnName(state);
  const known = new Map(machines.map((info) => [info.id, info]));
  if (!known.has(own)) known.set(own, unlisted(own, name));
  const shown = (info: MachineInfo): ShownMachine => ({
    info,
    isOwn: info.id === own,
    opened: opened.get(info.id),
    sessions: info.id === here.id && isListed ? listing.sessions : (sessions.get(info.id) ?? []),
  });
  const all = [...known.values()].map(shown).sort((a, b) => Number(b.isOwn) - Number(a.isOwn));
  const found = all.find(({ info }) => info.id === here.id) ?? shown(unlisted(here.id, "Another machine"));
  return {
    all,
    here: { ...found, opened: here },
    isHereKnown: listing.isCurrent,
    nameOf: (machine) => known.get(machine)?.name ?? machine,
  };
}

/** What stands for a machine of which no gateway has told yet. */
function unlisted(id: string, name: string): MachineInfo {
  return { id, name, is_own: false, state: "calling", origins: [], tags: [], unlisted: 0 };
}

/** As the page's own machine said it in its greeting, kept while the link is away: a bar that changes with every hiccup is
 * hard to hit. */
function useOwnName(connection: ConnectionState): string {
  const [known, setKnown] = useState("Homie");
  const name = connection.phase === "ready" ? connection.peer.name : known;
  if (name !== known) setKnown(name);
  return name;
}
