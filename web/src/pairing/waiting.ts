// Whom a sheet is about: a machine that has come by itself, or whoever takes the offer that is made now.

import type { Applicant, Circuit, OfferOutput, PairingInfo, Role } from "@homie/client";

interface Begun {
  readonly id: string;
  /** What is shown, unless somebody waits already. */
  readonly offer?: OfferOutput;
}

/** A machine that joins needs no offer, and another one would not be made while it waits. */
export async function begin(circuit: Pick<Circuit, "request">, way: "qr" | "code"): Promise<Begun> {
  const { pairing } = await circuit.request("pairing.pending", {});
  if (pairing?.stage === "waiting" && joins(pairing.applicant)) return { id: pairing.id };
  const offer = await circuit.request("pairing.offer", { way });
  return { id: offer.id, offer };
}

/** What a sheet goes on with: its own pairing, or that of a machine that has come meanwhile and taken the offer's place. */
export function goesOn(id: string, pairing: PairingInfo | undefined): PairingInfo | undefined {
  if (pairing?.id === id) return pairing;
  return pairing?.stage === "waiting" && joins(pairing.applicant) ? pairing : undefined;
}

export function joins(applicant: Applicant | undefined): boolean {
  return applicant?.machine !== undefined;
}

/** A machine comes as an owner or not at all: there is nothing to choose. */
export function roleOf(applicant: Applicant | undefined, chosen: Role): Role {
  return joins(applicant) ? "owner" : chosen;
}
