// A machine with its sessions below it: those that run, and, folded away where nobody looks at it, those that are over.

import type { SessionInfo } from "@homie/client";
import { SessionRow } from "../app/SessionRow.tsx";
import type { SessionActions } from "../app/useSessions.ts";
import { MachineHead } from "./MachineHead.tsx";
import type { ShownMachine } from "./useMachines.ts";

export interface MachineSectionProps {
  readonly machine: ShownMachine;
  /** It is the one that is looked at. */
  readonly isHere: boolean;
  readonly selected: string | undefined;
  readonly actions: SessionActions;
  readonly nameOf: (machine: string) => string;
  readonly onSelect: (session: string) => void;
  readonly onSheet: () => void;
}

export function MachineSection({ machine, nameOf, onSheet, ...list }: MachineSectionProps) {
  const { info, sessions } = machine;
  const running = sessions.filter(({ state }) => state === "running");
  const over = sessions.filter(({ state }) => state !== "running").reverse();
  return (
    <section className="group" aria-label={info.name} data-state={info.state}>
      <MachineHead machine={machine} nameOf={nameOf} onOpen={onSheet} />
      <Rows sessions={running} {...list} />
      {over.length > 0 && (
        <details open={list.isHere}>
          <summary>Over ({over.length})</summary>
          <Rows sessions={over} {...list} />
        </details>
      )}
      {info.unlisted > 0 && <p className="more">and {info.unlisted} more there</p>}
    </section>
  );
}

interface RowsProps extends Pick<MachineSectionProps, "isHere" | "selected" | "actions" | "onSelect"> {
  readonly sessions: readonly SessionInfo[];
}

function Rows({ sessions, isHere, selected, actions, onSelect }: RowsProps) {
  return (
    <ul>
      {sessions.map((session) => (
        <SessionRow
          key={session.id}
          session={session}
          // Two machines may use one id.
          isSelected={isHere && session.id === selected}
          actions={actions}
          onSelect={() => onSelect(session.id)}
        />
      ))}
    </ul>
  );
}
