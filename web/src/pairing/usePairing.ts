// Pairs this browser, step by step, as the person wants it. Nothing is sent before they have agreed.

import { type Invited, join } from "@homie/client";
import { useState } from "react";
import { refused } from "../browser/refusal.ts";
import type { Self } from "../self.ts";

export type Step =
  | { readonly at: "asking"; readonly trouble?: string }
  | { readonly at: "joining" }
  | { readonly at: "showing"; readonly digits: string };

export interface Pairing {
  readonly step: Step;
  /** The person agrees. */
  start(invited: Invited, name: string): void;
}

export function usePairing(self: Self, onDone: () => void): Pairing {
  const [step, setStep] = useState<Step>({ at: "asking" });
  const start = (invited: Invited, name: string) => {
    setStep({ at: "joining" });
    const onDigits = (digits: string) => setStep({ at: "showing", digits });
    const { platform, caller, server, runsOn } = self;
    join({ platform, url: `${server}/ws`, caller, invited, name, runsOn, onDigits }).then(
      onDone,
      refused(({ message }) => setStep({ at: "asking", trouble: message })),
    );
  };
  return { step, start };
}
