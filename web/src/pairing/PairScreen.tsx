// This browser wants to become known: which machine, what it will be called, six digits to show, and how it ended.

import { type FormEvent, useState } from "react";
import { Message } from "../app/Message.tsx";
import type { Arrival } from "../browser/link.ts";
import type { Self } from "../self.ts";
import { type Step, usePairing } from "./usePairing.ts";

interface PairScreenProps {
  readonly self: Self;
  readonly arrival: Exclude<Arrival, { kind: "link" }>;
  readonly onDone: () => void;
  readonly onLeave: () => void;
}

export function PairScreen({ self, arrival, onDone, onLeave }: PairScreenProps) {
  const { step, start } = usePairing(self, onDone);
  const [name, setName] = useState(self.runsOn);
  const [code, setCode] = useState("");
  if (step.at !== "asking") return <Progress step={step} host={self.host} />;
  // A picture works once: after a failure only a new one helps.
  if (arrival.kind === "pair" && step.trouble !== undefined) {
    return (
      <Message title="This browser was not let in">
        <p role="alert">{step.trouble}</p>
        <button type="button" className="primary" onClick={onLeave}>
          Go on
        </button>
      </Message>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    start(arrival.kind === "pair" ? arrival.invited : { way: "code", code }, name.trim());
  };
  return (
    <Message title={`Pair this browser with ${self.host}?`}>
      <p>Somebody at that machine then types six digits that you will see here.</p>
      <form className="pair" onSubmit={submit}>
        <label>
          What people will call it
          <input value={name} maxLength={64} required onChange={({ target }) => setName(target.value)} />
        </label>
        {arrival.kind === "code" && (
          <label>
            The code from the machine
            <input
              className="digits"
              value={code}
              inputMode="numeric"
              autoComplete="one-time-code"
              placeholder="000000"
              pattern="[0-9]{6}"
              required
              onChange={({ target }) => setCode(target.value.replace(/\D/g, "").slice(0, 6))}
            />
          </label>
        )}
        {step.trouble !== undefined && <p role="alert">{step.trouble}</p>}
        <button type="submit" className="primary">
          Pair
        </button>
        <button type="button" onClick={onLeave}>
          Not now
        </button>
      </form>
    </Message>
  );
}

function Progress({ step, host }: { step: Exclude<Step, { at: "asking" }>; host: string }) {
  if (step.at === "joining") return <Message title={`Asking ${host}…`}>{null}</Message>;
  const { digits } = step;
  return (
    <Message title="Type these digits at the machine">
      <output className="digits" aria-label={`six digits: ${digits}`}>
        <span>{digits.slice(0, 3)}</span>
        <span>{digits.slice(3)}</span>
      </output>
      <p>
        Where you asked for the code, this browser now waits to be let in. If you see other digits there,
        refuse it.
      </p>
    </Message>
  );
}
