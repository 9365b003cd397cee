// The panel beside the terminal: all machines with their sessions, what was recorded on the one that is looked at, and a
// search through its sessions. The arrows go up and down in it.

import type { RecordingInfo } from "@homie/client";
import { type KeyboardEvent, useState } from "react";
import { MachineSection } from "../machines/MachineSection.tsx";
import type { Machines } from "../machines/useMachines.ts";
import { Hits } from "./Hits.tsx";
import { RecordingRow } from "./RecordingRow.tsx";
import type { Chosen } from "./useSelection.ts";
import type { SessionActions } from "./useSessions.ts";

interface PanelProps {
  readonly machines: Machines;
  /** Why the machines are as they were, if they are. */
  readonly stale: string | undefined;
  readonly selected: string | undefined;
  readonly actions: SessionActions;
  readonly onSelect: (chosen: Chosen) => void;
  readonly onMachine: (machine: string) => void;
  readonly onDevices: () => void;
  /** Not there for those who may not decide. */
  readonly onAddDevice: (() => void) | undefined;
  readonly recordings: readonly RecordingInfo[];
  /** The recording that is played. */
  readonly played: string | undefined;
  readonly onPlay: (recording: RecordingInfo) => void;
}

export function Panel({ onDevices, onAddDevice, ...lists }: PanelProps) {
  const { machines, onSelect } = lists;
  const { info, opened, sessions } = machines.here;
  const [text, setText] = useState("");
  const search = machines.all.length === 1 ? "Search all sessions" : `Search all sessions of ${info.name}`;
  return (
    <aside className="panel" aria-label="All sessions" onKeyDown={step}>
      <input
        className="search"
        type="search"
        value={text}
        maxLength={256}
        placeholder={search}
        aria-label={search}
        spellCheck={false}
        autoComplete="off"
        onChange={({ target }) => setText(target.value)}
      />
      {text === "" ? (
        <Lists {...lists} />
      ) : (
        <Hits
          circuit={opened.circuit}
          text={text}
          sessions={sessions}
          onSelect={(session) => onSelect({ machine: opened.id, session })}
        />
      )}
      <div className="foot">
        <button type="button" onClick={onDevices}>
          Devices
        </button>
        {onAddDevice !== undefined && (
          <button type="button" onClick={onAddDevice}>
            Add a device
          </button>
        )}
      </div>
    </aside>
  );
}

/** From the row that has the focus to the one above or below. */
function step(event: KeyboardEvent<HTMLElement>): void {
  const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const rows = [
    ...event.currentTarget.querySelectorAll<HTMLElement>(".search, .lists button, .lists summary"),
  ];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  // A folded list hides its rows.
  const next = (by === 1 ? rows.slice(at + 1) : rows.slice(0, at).reverse()).find((row) =>
    row.checkVisibility(),
  );
  if (by === 0 || at < 0 || next === undefined) return;
  event.preventDefault();
  next.focus();
}

type ListsProps = Omit<PanelProps, "onDevices" | "onAddDevice">;

function Lists({ machines, stale, recordings, played, onPlay, ...rest }: ListsProps) {
  const { here, all, nameOf } = machines;
  return (
    <div className="lists">
      {stale !== undefined && (
        <p className="stale" role="status">
          {stale}
        </p>
      )}
      {all.map((machine) => (
        <MachineSection
          key={machine.info.id}
          machine={machine}
          isHere={machine.info.id === here.opened.id}
          selected={rest.selected}
          actions={rest.actions}
          nameOf={nameOf}
          onSelect={(session) => rest.onSelect({ machine: machine.info.id, session })}
          onSheet={() => rest.onMachine(machine.info.id)}
        />
      ))}
      {recordings.length > 0 && (
        <Recorded
          of={all.length === 1 ? undefined : here.info.name}
          recordings={recordings}
          played={played}
          onPlay={onPlay}
        />
      )}
    </div>
  );
}

interface RecordedProps extends Pick<PanelProps, "recordings" | "played" | "onPlay"> {
  readonly of: string | undefined;
}

function Recorded({ of, recordings, played, onPlay }: RecordedProps) {
  return (
    <section aria-label="Recordings">
      <h2>{of === undefined ? "Recordings" : `Recordings on ${of}`}</h2>
      <ul>
        {recordings.map((recording) => (
          <RecordingRow
            key={recording.id}
            recording={recording}
            isSelected={recording.id === played}
            onSelect={() => onPlay(recording)}
          />
        ))}
      </ul>
    </section>
  );
}
