// A machine in the list: its name, whether it is there, and over which way it is open here. It opens the machine's sheet.

import { useConnection } from "./useConnection.ts";
import type { ShownMachine } from "./useMachines.ts";
import { stateOf, toneOf, wayOf } from "./words.ts";

interface MachineHeadProps {
  readonly machine: ShownMachine;
  readonly nameOf: (machine: string) => string;
  readonly onOpen: () => void;
}

export function MachineHead({ machine: { info, isOwn, opened }, nameOf, onOpen }: MachineHeadProps) {
  const way = wayOf(useConnection(opened), nameOf);
  const words = stateOf(info, Date.now()) ?? (isOwn ? "serves this page" : way);
  return (
    <h2 className="machine-head">
      <button type="button" className="head" onClick={onOpen}>
        <span className="dot" data-tone={toneOf(info)} />
        <span className="name">{info.name}</span>
        {words !== undefined && <span className="words">{words}</span>}
      </button>
    </h2>
  );
}
