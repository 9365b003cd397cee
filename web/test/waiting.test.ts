// Whom "Add a device" is about: a machine that waits already, or a new offer.

import type { Circuit, PairingInfo } from "@homie/client";
import { expect, it, vi } from "vitest";
import { begin, goesOn, roleOf } from "../src/pairing/waiting.ts";

const ID = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
const OFFER = { id: "bbbbbbbbbbbbbbbbbbbbbbbbbb", link: "https://gw.tail.test/#pair=x", valid_ms: 120_000 };
const PHONE = { device: ID, name: "phone", platform: "Android", kind: "phone" as const };
const LAPTOP = { device: ID, name: "laptop", platform: "linux", kind: "cli" as const, machine: ID };

function gateway(pairing?: Partial<PairingInfo>) {
  const request = vi.fn(async (method: string, _params: unknown) =>
    method === "pairing.offer" ? OFFER : { revision: 1, ...(pairing && { pairing: { id: ID, ...pairing } }) },
  );
  return { request, circuit: { request } as unknown as Pick<Circuit, "request"> };
}

it("takes up a machine that waits, and makes no offer beside it", async () => {
  const { request, circuit } = gateway({ way: "machine", stage: "waiting", applicant: LAPTOP });
  expect(await begin(circuit, "qr")).toEqual({ id: ID });
  expect(request.mock.calls).toEqual([["pairing.pending", {}]]);
});

it("makes an offer where no machine waits any more, or a device does", async () => {
  for (const pairing of [
    undefined,
    { way: "machine", stage: "expired", applicant: LAPTOP } as const,
    { way: "qr", stage: "waiting", applicant: PHONE } as const,
  ]) {
    const { request, circuit } = gateway(pairing);
    expect(await begin(circuit, "code")).toEqual({ id: OFFER.id, offer: OFFER });
    expect(request).toHaveBeenLastCalledWith("pairing.offer", { way: "code" });
  }
});

it("goes on with a machine that has taken the offer's place, and with nobody else's pairing", () => {
  const other = (more: Partial<PairingInfo>): PairingInfo => ({
    id: ID,
    way: "qr",
    stage: "waiting",
    left_ms: 1,
    failed: 0,
    ...more,
  });
  const own = other({ id: OFFER.id, stage: "approved" });
  const laptop = other({ way: "machine", applicant: LAPTOP });
  expect(goesOn(OFFER.id, own)).toBe(own);
  expect(goesOn(OFFER.id, laptop)).toBe(laptop);
  expect(goesOn(laptop.id, { ...laptop, stage: "approved" })?.stage).toBe("approved");
  for (const foreign of [undefined, other({ applicant: PHONE }), { ...laptop, stage: "expired" as const }]) {
    expect(goesOn(OFFER.id, foreign)).toBeUndefined();
  }
});

it("lets a machine in as an owner, whatever was chosen for a device", () => {
  expect([roleOf(LAPTOP, "viewer"), roleOf(PHONE, "viewer"), roleOf(undefined, "operator")]).toEqual([
    "owner",
    "viewer",
    "operator",
  ]);
});
