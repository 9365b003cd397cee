// The panel beside the terminal: all sessions with what they show, those that are over, what was recorded of them, and a
// search through all.

import type { Circuit, RecordingInfo, SessionInfo } from "@homie/client";
import { useState } from "react";
import { Hits } from "./Hits.tsx";
import { RecordingRow } from "./RecordingRow.tsx";
import { SessionRow } from "./SessionRow.tsx";
import type { SessionActions } from "./useSessions.ts";

interface PanelProps {
  readonly circuit: Circuit;
  readonly sessions: readonly SessionInfo[];
  readonly selected: string | undefined;
  readonly actions: SessionActions;
  readonly onSelect: (id: string) => void;
  readonly onDevices: () => void;
  /** Not there for those who may not decide. */
  readonly onAddDevice: (() => void) | undefined;
  readonly recordings: readonly RecordingInfo[];
  /** The recording that is played. */
  readonly played: string | undefined;
  readonly onPlay: (recording: RecordingInfo) => void;
}

export function Panel({ circuit, onDevices, onAddDevice, ...lists }: PanelProps) {
  const { sessions, onSelect } = lists;
  const [text, setText] = useState("");
  return (
    <aside className="panel" aria-label="All sessions">
      <input
        className="search"
        type="search"
        value={text}
        maxLength={256}
        placeholder="Search all sessions"
        aria-label="Search all sessions"
        spellCheck={false}
        autoComplete="off"
        onChange={({ target }) => setText(target.value)}
      />
      {text === "" ? (
        <Lists {...lists} />
      ) : (
        <Hits circuit={circuit} text={text} sessions={sessions} onSelect={onSelect} />
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

function Lists({
  sessions,
  recordings,
  played,
  onPlay,
  ...rest
}: Omit<PanelProps, "circuit" | "onDevices" | "onAddDevice">) {
  const running = sessions.filter(({ state }) => state === "running");
  const over = sessions.filter(({ state }) => state !== "running").reverse();
  return (
    <div className="lists">
      <List label="Running" sessions={running} {...rest} />
      {over.length > 0 && <List label="Over" sessions={over} {...rest} />}
      {recordings.length > 0 && <Recorded recordings={recordings} played={played} onPlay={onPlay} />}
    </div>
  );
}

function Recorded({ recordings, played, onPlay }: Pick<PanelProps, "recordings" | "played" | "onPlay">) {
  return (
    <section aria-label="Recordings">
      <h2>Recordings</h2>
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

interface ListProps extends Pick<PanelProps, "sessions" | "selected" | "actions" | "onSelect"> {
  readonly label: string;
}

function List({ label, sessions, selected, actions, onSelect }: ListProps) {
  return (
    <section aria-label={label}>
      <h2>{label}</h2>
      <ul>
        {sessions.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            isSelected={session.id === selected}
            actions={actions}
            onSelect={() => onSelect(session.id)}
          />
        ))}
      </ul>
    </section>
  );
}
