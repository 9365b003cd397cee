// The bar: machine, sessions, and how the link is.

import type { ConnectionState, SessionInfo } from "@homie/client";

interface BarProps {
  readonly machine: string;
  readonly connection: ConnectionState;
  readonly sessions: readonly SessionInfo[];
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
  readonly onStart: () => void;
}

export function Bar({ machine, connection, sessions, selected, onSelect, onStart }: BarProps) {
  return (
    <header className="bar">
      <span className="machine">{machine}</span>
      <div className="tabs" role="tablist" aria-label="Sessions">
        {sessions.map((session) => (
          <button
            key={session.id}
            type="button"
            role="tab"
            className="tab"
            aria-selected={session.id === selected}
            onClick={() => onSelect(session.id)}
          >
            {session.name}
            {session.state !== "running" && <span className="ended">{session.state}</span>}
          </button>
        ))}
      </div>
      <button type="button" className="new" onClick={onStart}>
        New shell
      </button>
      <LinkState connection={connection} />
    </header>
  );
}

const STATES: Record<ConnectionState["phase"], { readonly tone: string; readonly word: string }> = {
  connecting: { tone: "warn", word: "connecting" },
  greeting: { tone: "warn", word: "connecting" },
  ready: { tone: "ok", word: "connected" },
  waiting: { tone: "err", word: "reconnecting" },
  closed: { tone: "err", word: "closed" },
};

function LinkState({ connection }: { connection: ConnectionState }) {
  const { tone, word } = STATES[connection.phase];
  return (
    <span className="state" role="status" aria-label={`link: ${word}`}>
      <span className="dot" data-tone={tone} />
      <span className="word">{word}</span>
    </span>
  );
}
