// All machines, from one program: a circuit with a gateway that tells of them, whichever is there, and one more with each
// machine whose sessions are opened.

import { type Circuit, roam } from "./circuit.ts";
import type { MachineInfo } from "./generated/types.ts";
import type { Caller } from "./greeting.ts";
import { type MeshWatch, watchMesh } from "./mesh-feed.ts";
import type { Platform } from "./platform.ts";
import { type SessionsWatch, watchSessions } from "./sessions-feed.ts";
import type { MeshState } from "./stores/mesh.ts";
import { createStore, type Readable } from "./stores/store.ts";
import { type Home, Ways } from "./ways.ts";

export interface MeshOptions {
  readonly platform: Platform;
  readonly caller: Caller;
  /** The gateway that is known beforehand. */
  readonly home: Home;
  /** Other machines let this program in too, as they do a page whose origin is one of the roster. */
  readonly isRoaming: boolean;
}

/** A machine that was opened. */
export interface OpenMachine {
  readonly id: string;
  readonly circuit: Circuit;
  /** Its sessions, as it tells them itself. */
  readonly sessions: SessionsWatch;
}

export async function openMesh(options: MeshOptions): Promise<Mesh> {
  const { platform, home, isRoaming } = options;
  return new Mesh(options, await Ways.open(platform.storage, home, isRoaming));
}

export class Mesh {
  /** With the gateway. */
  readonly circuit: Circuit;
  /** All machines and their sessions. */
  readonly store: Readable<MeshState>;
  readonly #watch: MeshWatch;
  #known: readonly MachineInfo[] = [];
  readonly #opened = createStore<ReadonlyMap<string, OpenMachine>, ReadonlyMap<string, OpenMachine>>(
    (_, next) => next,
    new Map(),
  );

  constructor(
    private readonly options: MeshOptions,
    private readonly ways: Ways,
  ) {
    const { platform, caller } = options;
    this.circuit = roam({ platform, caller, ways: () => ways.toGateway() });
    this.#watch = watchMesh(this.circuit, platform);
    this.store = this.#watch.store;
    this.store.subscribe(() => this.#told(this.store.getSnapshot()));
  }

  /** The machines that are open, by their ids. */
  get opened(): Readable<ReadonlyMap<string, OpenMachine>> {
    return this.#opened;
  }

  /** A circuit with this machine: the one there is, or a new one. */
  open(id: string): OpenMachine {
    const opened = this.#opened.getSnapshot();
    const present = opened.get(id);
    if (present !== undefined) return present;
    const { platform, caller } = this.options;
    const circuit = roam({ platform, caller, ways: () => this.ways.toMachine(id) });
    const machine = { id, circuit, sessions: watchSessions(circuit, platform) };
    this.#opened.dispatch(new Map(opened).set(id, machine));
    return machine;
  }

  /** The page is visible again, or the network is back. */
  wake(): void {
    for (const circuit of this.#circuits()) circuit.wake();
  }

  close(): void {
    this.#watch.stop();
    for (const circuit of this.#circuits()) circuit.close();
  }

  #circuits(): readonly Circuit[] {
    return [this.circuit, ...[...this.#opened.getSnapshot().values()].map(({ circuit }) => circuit)];
  }

  #told({ isCurrent, machines }: MeshState): void {
    const connection = this.circuit.connection.getSnapshot();
    if (!isCurrent || connection.phase !== "ready" || machines === this.#known) return;
    this.#known = machines;
    this.ways.worked(connection.way);
    // What cannot be kept is known for as long as this program runs.
    this.ways.learn(machines).catch(() => {});
    this.#closeGone(machines);
  }

  /** A machine that is none of the mesh any more is called no more. */
  #closeGone(machines: readonly MachineInfo[]): void {
    const opened = this.#opened.getSnapshot();
    const isGone = (id: string) =>
      id !== this.options.home.machine && machines.every((machine) => machine.id !== id);
    const gone = [...opened.values()].filter(({ id }) => isGone(id));
    if (gone.length === 0) return;
    for (const { circuit, sessions } of gone) {
      sessions.stop();
      circuit.close();
    }
    this.#opened.dispatch(new Map([...opened].filter(([id]) => !isGone(id))));
  }
}
