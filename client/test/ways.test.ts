// Which ways lead where, and what of them outlives the program.

import { describe, expect, it } from "vitest";
import type { MachineInfo } from "../src/generated/types.ts";
import type { Storage } from "../src/platform.ts";
import type { Way } from "../src/route.ts";
import { Ways } from "../src/ways.ts";
import { idOf, machine } from "./fake/infos.ts";

const [DESK, LAPTOP, ATTIC] = ["d", "l", "t"].map(idOf) as [string, string, string];
const HOME = { server: "wss://desk.example", machine: DESK };
const MACHINES = [
  machine(ATTIC, { origins: ["https://attic.example"], state: "away" }),
  machine(DESK, { origins: ["https://desk.example"] }),
  machine(LAPTOP, { origins: ["https://laptop.example:4663"] }),
];

function memory(): Storage & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    get: async (name) => kept.get(name),
    set: async (name, value) => void kept.set(name, value),
    remove: async (name) => void kept.delete(name),
  };
}

async function known(machines: readonly MachineInfo[] = MACHINES, storage = memory()) {
  const ways = await Ways.open(storage, HOME, true);
  await ways.learn(machines);
  return ways;
}

const urls = (ways: readonly Way[]) => ways.map(({ url }) => url.replace(/[a-z2-7]{26}/, "*"));

describe("ways", () => {
  it("lead to the page's own gateway first, then to those that are up", async () => {
    const ways = await known();
    expect(urls(ways.toGateway())).toEqual([
      "wss://desk.example/ws",
      "wss://laptop.example:4663/ws",
      "wss://attic.example/ws",
    ]);
    expect(ways.toGateway().map(({ expected }) => expected)).toEqual([undefined, LAPTOP, ATTIC]);
  });

  it("lead to a machine straight, then through each gateway but its own", async () => {
    const ways = (await known()).toMachine(LAPTOP);
    expect(urls(ways)).toEqual([
      "wss://laptop.example:4663/m/*",
      "wss://desk.example/m/*",
      "wss://attic.example/m/*",
    ]);
    expect(ways.map(({ through }) => through)).toEqual([undefined, DESK, ATTIC]);
  });

  it("lead to the page's own machine through others too", async () => {
    expect(urls((await known()).toMachine(DESK))).toEqual([
      "wss://desk.example/m/*",
      "wss://laptop.example:4663/m/*",
      "wss://attic.example/m/*",
    ]);
  });

  it("begin with the gateway that worked last", async () => {
    const ways = await known();
    ways.worked({ url: "wss://laptop.example:4663/ws", expected: LAPTOP });
    expect(urls(ways.toGateway()).slice(0, 2)).toEqual([
      "wss://laptop.example:4663/ws",
      "wss://desk.example/ws",
    ]);
  });

  it("are known again after a restart, and never more than a few are tried", async () => {
    const storage = memory();
    await known(MACHINES, storage);
    const again = await Ways.open(storage, HOME, true);
    expect(urls(again.toGateway())).toContain("wss://laptop.example:4663/ws");
    const many = Array.from({ length: 100 }, (_, number) =>
      machine(`m${number}`, { origins: [`https://m${number}.example`, "https://b", "https://c"] }),
    );
    const crowd = await known(many, storage);
    expect([crowd.toGateway().length, crowd.toMachine("m7").length]).toEqual([8, 8]);
    expect(crowd.toMachine("m7")[1]?.url).toBe("wss://b/m/m7");
    expect(JSON.parse(storage.kept.get("homie.gateways") ?? "")).toHaveLength(64);
  });

  it("take nothing for an address that is none", async () => {
    const origins = [
      "http://plain.example",
      "https://a.example/path",
      "https://user@a.example",
      "javascript:alert(1)",
    ];
    const ways = await known([machine(LAPTOP, { origins })]);
    expect(urls(ways.toMachine(LAPTOP))).toEqual(["wss://desk.example/m/*"]);
    for (const kept of ["{", "[7]", '[{"id":"x","isUp":true,"servers":["http://evil"]}]', "{}"]) {
      const storage = memory();
      await storage.set("homie.gateways", kept);
      expect((await Ways.open(storage, HOME, true)).toGateway()).toHaveLength(1);
    }
  });

  it("are the page's own gateway alone for a page that others do not know", async () => {
    const storage = memory();
    const home = { server: "ws://127.0.0.1:4663", machine: DESK };
    const ways = await Ways.open(storage, home, false);
    await ways.learn(MACHINES);
    expect(urls(ways.toGateway())).toEqual(["ws://127.0.0.1:4663/ws"]);
    expect(ways.toMachine(LAPTOP)).toEqual([{ url: `ws://127.0.0.1:4663/m/${LAPTOP}`, through: DESK }]);
    expect(ways.toMachine(DESK)).toEqual([{ url: `ws://127.0.0.1:4663/m/${DESK}` }]);
    expect(storage.kept.size).toBe(0);
  });
});
