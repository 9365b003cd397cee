// What most stories start with: a circuit to a fake machine, greeted.

import { type Circuit, connect, roam } from "../../src/circuit.ts";
import type { Role } from "../../src/generated/types.ts";
import type { Caller } from "../../src/greeting.ts";
import type { Device, Platform } from "../../src/platform.ts";
import type { Way } from "../../src/route.ts";
import { FakeClock } from "./clock.ts";
import { FakeMachine, fakeDevice, type MachineEnd } from "./machine.ts";

export const GATEWAY = "ws://desk:4663/ws";

export interface Story {
  readonly clock: FakeClock;
  readonly machine: FakeMachine;
  readonly platform: Platform;
  readonly caller: Caller & { readonly device: Device };
  readonly circuit: Circuit;
  /** The phase in which the circuit is. */
  phase(): string;
  /** The code for which it waits or was closed. */
  why(): string | undefined;
  end(): MachineEnd;
}

/** A circuit that has dialled. */
export function dialled(url = GATEWAY, prepare?: (machine: FakeMachine) => void): Promise<Story> {
  return begun((options) => connect({ ...options, url }), prepare);
}

/** A circuit that has several ways, and has dialled the first. */
export function roaming(
  ways: () => readonly Way[],
  prepare?: (machine: FakeMachine) => void,
): Promise<Story> {
  return begun((options) => roam({ ...options, ways }), prepare);
}

async function begun(
  begin: (options: { platform: Platform; caller: Caller }) => Circuit,
  prepare: (machine: FakeMachine) => void = () => {},
): Promise<Story> {
  const clock = new FakeClock();
  const machine = new FakeMachine(clock);
  prepare(machine);
  const platform = machine.platform();
  const caller = {
    kind: "web",
    agent: "test",
    origin: "http://desk:4663",
    device: await fakeDevice(),
  } as const;
  const circuit = begin({ platform, caller });
  const state = () => circuit.connection.getSnapshot();
  return {
    clock,
    machine,
    platform,
    caller,
    circuit,
    phase: () => state().phase,
    why: () => {
      const now = state();
      return "why" in now ? now.why.code : undefined;
    },
    end: () => machine.end,
  };
}

/** A circuit that is ready. */
export async function greeted(role: Role = "operator"): Promise<Story> {
  const story = await dialled();
  await story.end().greet(role);
  return story;
}

/** The link breaks, and the next one is greeted. */
export async function reconnected({ end, clock, circuit }: Story): Promise<void> {
  await end().cut();
  const state = circuit.connection.getSnapshot();
  if (state.phase !== "waiting") throw new Error(`the circuit is ${state.phase}`);
  await clock.advance(state.until - clock.now());
  await end().greet();
}
