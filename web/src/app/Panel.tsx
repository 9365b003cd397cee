// The panel beside the terminal: all sessions with what they show, those that are over, and a search through all of them.

import type { Circuit, SessionInfo } from "@homie/client";
import { useState } from "react";
import { Hits } from "./Hits.tsx";
import { SessionRow } from "./SessionRow.tsx";
import type { SessionActions } from "./useSessions.ts";

interface PanelProps {
  readonly circuit: Circuit;
  readonly sessions: readonly SessionInfo[];
  readonly selected: string | undefined;
  readonly actions: SessionActions;
  readonly onSelect: (id: string) => void;
  /** Not there for those who may not decide. */
  readonly onAddDevice: (() => void) | undefined;
}

export function Panel({ circuit, sessions, selected, actions, onSelect, onAddDevice }: PanelProps) {
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
        <Lists sessions={sessions} selected={selected} actions={actions} onSelect={onSelect} />
      ) : (
        <Hits circuit={circuit} text={text} sessions={sessions} onSelect={onSelect} />
      )}
      {onAddDevice !== undefined && (
        <button type="button" className="add" onClick={onAddDevice}>
          Add a device
        </button>
      )}
    </aside>
  );
}

function Lists({ sessions, ...rest }: Omit<PanelProps, "circuit" | "onAddDevice">) {
  const running = sessions.filter(({ state }) => state === "running");
  const over = sessions.filter(({ state }) => state !== "running").reverse();
  return (
    <div className="lists">
      <List label="Running" sessions={running} {...rest} />
      {over.length > 0 && <List label="Over" sessions={over} {...rest} />}
    </div>
  );
}

interface ListProps extends Omit<PanelProps, "circuit" | "onAddDevice"> {
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
