// The page: a bar with the machine's sessions, the link's state, and one terminal.

import type { ConnectionState, SessionInfo } from "@homie/client";
import { lazy, Suspense, useState, useSyncExternalStore } from "react";
import type { Home } from "../home.ts";
import { Bar } from "./Bar.tsx";
import { ClosedMessage } from "./ClosedMessage.tsx";
import { LinkBanner } from "./LinkBanner.tsx";
import { Message } from "./Message.tsx";
import { useSelection } from "./useSelection.ts";
import { useStart } from "./useStart.ts";

// The terminal is most of the page: the bar and the list stand before it has come.
const SessionStage = lazy(() => import("./SessionStage.tsx"));

export function App({ home }: { home: Home }) {
  const { circuit } = home;
  const connection = useSyncExternalStore(circuit.connection.subscribe, circuit.connection.getSnapshot);
  const listing = useSyncExternalStore(home.sessions.store.subscribe, home.sessions.store.getSnapshot);
  const machine = useMachineName(connection);
  const [trouble, setTrouble] = useState<string>();
  const { selected, select } = useSelection(listing.sessions);
  const start = useStart(circuit, listing, select, setTrouble);

  if (connection.phase === "closed") return <ClosedMessage why={connection.why} pairing={home.pairing} />;
  return (
    <div className="app">
      <Bar
        machine={machine}
        connection={connection}
        sessions={listing.sessions}
        selected={selected?.id}
        onSelect={select}
        onStart={start}
      />
      <div className="banners">
        <LinkBanner connection={connection} onRetry={() => circuit.wake()} />
        {trouble !== undefined && (
          <div className="banner" role="alert">
            {trouble}
            <button type="button" onClick={() => setTrouble(undefined)}>
              Close
            </button>
          </div>
        )}
      </div>
      <Stage home={home} session={selected} isKnown={listing.isCurrent} onStart={start} />
    </div>
  );
}

interface StageProps {
  readonly home: Home;
  readonly session: SessionInfo | undefined;
  readonly isKnown: boolean;
  readonly onStart: () => void;
}

function Stage({ home, session, isKnown, onStart }: StageProps) {
  if (session !== undefined) {
    return (
      <Suspense fallback={<div className="stage" />}>
        <SessionStage key={session.id} circuit={home.circuit} session={session} />
      </Suspense>
    );
  }
  if (!isKnown) return <div className="stage" />;
  return (
    <Message title="No session runs here">
      <button type="button" className="primary" onClick={onStart}>
        Start a shell
      </button>
    </Message>
  );
}

/** The machine's name, kept while the link is away: a bar that changes with every hiccup is hard to hit. */
function useMachineName(connection: ConnectionState): string {
  const [known, setKnown] = useState("Homie");
  const name = connection.phase === "ready" ? connection.peer.name : known;
  if (name !== known) setKnown(name);
  return name;
}
