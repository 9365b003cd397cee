// An offer to pair, and what becomes of it: asked of the gateway over a circuit of its own, for as long as the dialog is open.

import type { OfferOutput, PairingInfo, Role } from "@homie/client";
import { useEffect, useState } from "react";
import { useGateway } from "../browser/useGateway.ts";
import { useTrouble } from "../browser/useTrouble.ts";
import type { Self } from "../self.ts";
import { begin, goesOn } from "./waiting.ts";

export interface Offered {
  readonly offer: OfferOutput | undefined;
  readonly pairing: PairingInfo | undefined;
  readonly trouble: string | undefined;
  approve(digits: string, role: Role): void;
  refuse(): void;
}

/** `turn` makes a new one. */
export function useOffer(self: Self, way: "qr" | "code", turn: number): Offered {
  const circuit = useGateway(self);
  const [offer, setOffer] = useState<OfferOutput>();
  const [pairing, setPairing] = useState<PairingInfo>();
  const { trouble, tell, forget } = useTrouble();

  // biome-ignore lint/correctness/useExhaustiveDependencies: another turn is another offer
  useEffect(() => {
    if (circuit === undefined) return;
    let isOpen = true;
    setOffer(undefined);
    setPairing(undefined);
    forget();
    const follow = async () => {
      const { id: first, offer } = await begin(circuit, way);
      if (isOpen) setOffer(offer);
      let id = first;
      let seen: { seen?: number } = {};
      while (isOpen) {
        const news = await circuit.request("pairing.pending", seen);
        seen = { seen: news.revision };
        const pairing = goesOn(id, news.pairing) ?? gone(id);
        id = pairing.id;
        if (isOpen) setPairing(pairing);
      }
    };
    follow().catch(tell);
    return () => {
      isOpen = false;
    };
  }, [circuit, way, turn, tell, forget]);

  const id = pairing?.id ?? offer?.id;
  return {
    offer,
    pairing,
    trouble,
    approve: (digits, role) => {
      forget();
      if (id !== undefined) circuit?.request("pairing.approve", { id, digits, role }).catch(tell);
    },
    refuse: () => {
      if (id !== undefined) circuit?.request("pairing.refuse", { id }).catch(tell);
    },
  };
}

/** Another offer has taken its place. */
function gone(id: string): PairingInfo {
  return { id, way: "qr", stage: "refused", left_ms: 0, failed: 0 };
}
