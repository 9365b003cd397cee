// All machines from one program: which gateway tells of them, and what is opened of each.

import { expect, it } from "vitest";
import { openMesh } from "../src/mesh.ts";
import { keyId } from "../src/webcrypto.ts";
import { FakeClock, settled } from "./fake/clock.ts";
import { idOf, machine, session } from "./fake/infos.ts";
import { FakeMachine, fakeDevice, fakeVerifier } from "./fake/machine.ts";

const [DESK, LAPTOP] = [idOf("d"), idOf("l")];
/** Whose key the fake machine has. */
const ATTIC = await keyId(fakeVerifier, new Uint8Array(32).fill(3));
const MACHINES = [
  machine(DESK, { name: "desk", origins: ["https://desk.example"] }),
  machine(LAPTOP, { name: "laptop", origins: ["https://laptop.example"] }),
  machine(ATTIC, { name: "attic", origins: ["https://attic.example"] }),
];

async function begun() {
  const clock = new FakeClock();
  const fake = new FakeMachine(clock);
  const caller = { kind: "web", agent: "test", device: await fakeDevice() } as const;
  const home = { server: "wss://desk.example", machine: DESK };
  const mesh = await openMesh({ platform: fake.platform(), caller, home, isRoaming: true });
  const list = (machines = MACHINES) => {
    for (const ok of [{ machines }, { sessions: [{ machine: LAPTOP, session: session(idOf("s")) }] }])
      fake.end.answer(fake.end.takeRequest(), ok);
  };
  return { clock, fake, mesh, list, dialled: () => fake.ends.map(({ url }) => url) };
}

it("another gateway tells of all machines when the first is gone, if it has the key that is known", async () => {
  const { clock, fake, mesh, list, dialled } = await begun();
  await fake.end.greet();
  list();
  expect(mesh.store.getSnapshot().machines.map(({ name }) => name)).toEqual(["attic", "desk", "laptop"]);

  await fake.end.cut();
  expect(mesh.store.getSnapshot()).toMatchObject({ isCurrent: false, machines: [{}, {}, {}] });
  await clock.advance(400);
  await fake.end.cut();
  await clock.advance(0);
  expect(dialled().slice(1)).toEqual(["wss://desk.example/ws", "wss://attic.example/ws"]);
  await fake.end.greet();
  list();
  expect(mesh.store.getSnapshot().isCurrent).toBe(true);

  // Who works is asked first the next time; who has a key that is not the machine's is none of them.
  await fake.end.cut();
  await clock.advance(700);
  expect(dialled().at(-1)).toBe("wss://attic.example/ws");
  await fake.end.cut();
  await clock.advance(0);
  await fake.end.cut();
  await clock.advance(0);
  expect(dialled().at(-1)).toBe("wss://laptop.example/ws");
  await fake.end.open();
  fake.end.welcome(fake.end.takeGreeting("hello"));
  await settled();
  expect(mesh.circuit.connection.getSnapshot()).toMatchObject({
    phase: "waiting",
    why: { code: "unproven" },
  });
  mesh.close();
});

it("a machine is opened once, straight, and closed when it is none of the mesh any more", async () => {
  const { fake, mesh, list, dialled } = await begun();
  await fake.end.greet();
  list();
  const gateway = fake.end;
  const laptop = mesh.open(LAPTOP);
  expect([mesh.open(LAPTOP), dialled().at(-1)]).toEqual([laptop, `wss://laptop.example/m/${LAPTOP}`]);
  mesh.open(DESK);
  expect([...mesh.opened.getSnapshot().keys()]).toEqual([LAPTOP, DESK]);

  gateway.say({ t: "event", topic: "mesh.machine.changed", seq: 1, data: { removed: LAPTOP } });
  gateway.say({ t: "event", topic: "mesh.machine.changed", seq: 2, data: { removed: DESK } });
  expect([...mesh.opened.getSnapshot().keys()]).toEqual([DESK]);
  expect(laptop.circuit.connection.getSnapshot().phase).toBe("closed");
  expect(mesh.open(LAPTOP)).not.toBe(laptop);
  mesh.close();
});

it("what is opened before anything was told is called through the gateway that is known", async () => {
  const { clock, fake, mesh, dialled } = await begun();
  const gateway = fake.end;
  mesh.open(LAPTOP);
  expect(dialled().at(-1)).toBe(`wss://desk.example/m/${LAPTOP}`);
  const relay = fake.end;
  await gateway.greet();
  gateway.answer(gateway.takeRequest(), { machines: MACHINES });
  gateway.answer(gateway.takeRequest(), { sessions: [] });
  await relay.cut();
  await clock.advance(400);
  expect(dialled().at(-1)).toBe(`wss://laptop.example/m/${LAPTOP}`);
  mesh.close();
  expect(clock.timers).toBe(0);
});
