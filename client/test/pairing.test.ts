// Pairing with a one-use link, from the URL's fragment to the enrolled key.

import { describe, expect, it } from "vitest";
import { linkSecretOf, pair } from "../src/pairing.ts";
import { FakeClock, settled } from "./fake/clock.ts";
import { FakeMachine, fakeDevice } from "./fake/machine.ts";
import { GATEWAY } from "./fake/story.ts";

const SECRET = "q".repeat(26);
const NODE = "a".repeat(26);

async function pairing() {
  const clock = new FakeClock();
  const machine = new FakeMachine(clock);
  const device = await fakeDevice();
  const caller = { kind: "web", agent: "test", origin: "http://desk:4663", device } as const;
  const outcome = pair({
    platform: machine.platform(),
    url: GATEWAY,
    caller,
    secret: SECRET,
    name: "Laptop",
  });
  outcome.catch(() => {});
  return { clock, machine, device, outcome };
}

describe("pairing", () => {
  it("greets with the new key, redeems the link, and leaves", async () => {
    const { machine, device, outcome } = await pairing();
    await machine.end.greet("none");
    const request = machine.end.takeRequest();
    expect(request).toMatchObject({ method: "pairing.redeem", params: { secret: SECRET, name: "Laptop" } });
    expect(request.key).toHaveLength(26);
    machine.end.answer(request, { device: device.id, role: "operator", node: NODE });
    expect(await outcome).toEqual({ device: device.id, role: "operator", node: NODE });
    expect(machine.end.closed).toHaveLength(1);
    expect(machine.stored.size).toBe(1);
  });

  it("asks again with the same key when the answer was lost: the link is spent once", async () => {
    const { machine, outcome, device, clock } = await pairing();
    await machine.end.greet("none");
    const first = machine.end.takeRequest();
    await machine.end.cut();
    await clock.advance(400);
    await machine.end.greet("operator");
    const again = machine.end.takeRequest();
    expect(again.key).toBe(first.key);
    machine.end.answer(again, { device: device.id, role: "operator", node: NODE });
    expect((await outcome).role).toBe("operator");
  });

  it("says that a link is no good, and leaves", async () => {
    const { machine, outcome } = await pairing();
    await machine.end.greet("none");
    const error = { code: "link_invalid", message: "used" } as const;
    machine.end.say({ t: "response", id: machine.end.takeRequest().id, error });
    await expect(outcome).rejects.toMatchObject({ code: "link_invalid" });
    expect(machine.end.closed).toHaveLength(1);
  });

  it("ends when the machine ends it, or does not answer for 30 s", async () => {
    const refused = await pairing();
    await refused.machine.end.open();
    refused.machine.end.say({ t: "bye", code: "origin", message: "not one of mine" });
    await expect(refused.outcome).rejects.toMatchObject({ code: "origin" });
    const silent = await pairing();
    await silent.clock.advance(30_000);
    await expect(silent.outcome).rejects.toMatchObject({ code: "timeout" });
    await settled();
    expect(silent.clock.timers).toBe(0);
  });
});

describe("a one-use link", () => {
  it("has its secret in the fragment", () => {
    expect([linkSecretOf(`#link=${SECRET}`), linkSecretOf(`link=${SECRET}`)]).toEqual([SECRET, SECRET]);
    for (const other of ["", "#", "#link=", "#link=ABC", `#link=${SECRET}x`, `#x=${SECRET}`]) {
      expect(linkSecretOf(other)).toBeUndefined();
    }
  });
});
