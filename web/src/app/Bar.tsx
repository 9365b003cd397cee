// The bar: the machine that is looked at, its sessions, and how the link to it is.

import type { ConnectionState, SessionInfo } from "@homie/client";
import { endOf } from "./SessionRow.tsx";

interface BarProps {
  readonly machine: string;
  /** Over which way it is open, where that is worth a word. */
  readonly way: string | undefined;
  readonly connection: ConnectionState;
  readonly sessions: readonly SessionInfo[];
  readonly selected: string | undefined;
  readonly hasPanel: boolean;
  readonly onPanel: () => void;
  readonly onSelect: (id: string) => void;
  readonly onStart: () => void;
}

export function Bar(props: BarProps) {
  const { machine, way, connection, sessions, selected, hasPanel, onPanel, onSelect, onStart } = props;
  return (
    <header className="bar">
      <button type="button" className="machine" aria-expanded={hasPanel} onClick={onPanel}>
        {machine}
      </button>
      <div className="tabs" role="tablist" aria-label="Sessions">
        {sessions
          .filter((session) => isInBar(session, selected))
          .map((session) => (
            <button
              key={session.id}
              type="button"
              role="tab"
              className="tab"
              aria-selected={session.id === selected}
              onClick={() => onSelect(session.id)}
            >
              {session.name}
              {session.recording && <span className="rec">REC</span>}
              {session.face.attention !== undefined && (
                <span className="dot" data-tone="warn" role="img" aria-label="wants you" />
              )}
              {session.state !== "running" && <span className="ended">{endOf(session)}</span>}
            </button>
          ))}
      </div>
      <button type="button" className="new" onClick={onStart}>
        New shell
      </button>
      <LinkState connection={connection} way={way} />
    </header>
  );
}

/** What is over has its place in the panel; it stays in the bar for as long as it is looked at. */
function isInBar({ id, state }: SessionInfo, selected: string | undefined): boolean {
  return state === "running" || id === selected;
}

const STATES: Record<ConnectionState["phase"], { readonly tone: string; readonly word: string }> = {
  connecting: { tone: "warn", word: "connecting" },
  greeting: { tone: "warn", word: "connecting" },
  ready: { tone: "ok", word: "connected" },
  waiting: { tone: "err", word: "reconnecting" },
  closed: { tone: "err", word: "closed" },
};

function LinkState({ connection, way }: Pick<BarProps, "connection" | "way">) {
  const { tone, word: state } = STATES[connection.phase];
  const word = way === undefined ? state : `${state}, ${way}`;
  return (
    <span className="state" role="status" aria-label={`link: ${word}`}>
      <span className="dot" data-tone={tone} />
      <span className="word">{word}</span>
    </span>
  );
}
