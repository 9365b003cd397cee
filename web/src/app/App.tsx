// The page: a bar with the machine's sessions and the link's state, a panel with what they show, and one terminal.

import type { ConnectionState, RecordingInfo, Role, SessionInfo } from "@homie/client";
import { lazy, Suspense, useState, useSyncExternalStore } from "react";
import type { Home } from "../home.ts";
import { Bar } from "./Bar.tsx";
import { ClosedMessage } from "./ClosedMessage.tsx";
import { LinkBanner } from "./LinkBanner.tsx";
import { Message } from "./Message.tsx";
import { Panel } from "./Panel.tsx";
import { useRecordings } from "./useRecordings.ts";
import { useSelection } from "./useSelection.ts";
import { type SessionActions, useSessions } from "./useSessions.ts";

// The terminal is most of the page: the bar and the list stand before it has come. Devices are added once in a while.
const AddDevice = lazy(() => import("../pairing/AddDevice.tsx"));
const DeviceSheet = lazy(() => import("../devices/DeviceSheet.tsx"));
const SessionStage = lazy(() => import("./SessionStage.tsx"));
const PlayerStage = lazy(() => import("./PlayerStage.tsx"));

/** Pixels of width from which the panel stands beside the terminal; below it lies over it. */
const PANEL_FROM = 900;

export function App({ home }: { home: Home }) {
  const { circuit } = home;
  const connection = useSyncExternalStore(circuit.connection.subscribe, circuit.connection.getSnapshot);
  const listing = useSyncExternalStore(home.sessions.store.subscribe, home.sessions.store.getSnapshot);
  const machine = useMachineName(connection);
  const [trouble, setTrouble] = useState<string>();
  const { selected, select } = useSelection(listing.sessions);
  const { recordings, remove } = useRecordings(circuit, listing.sessions, setTrouble);
  const [played, setPlayed] = useState<RecordingInfo>();
  const [hasPanel, setHasPanel] = useState(() => window.innerWidth >= PANEL_FROM);
  const look = (recording: RecordingInfo | undefined) => {
    setPlayed(recording);
    if (window.innerWidth < PANEL_FROM) setHasPanel(false);
  };
  const choose = (id: string) => {
    select(id);
    look(undefined);
  };
  const actions = useSessions(circuit, listing, choose, setTrouble);
  const shown = played === undefined ? selected : undefined;

  const role = useRole(connection);
  const [sheet, setSheet] = useState<"devices" | "add">();

  if (connection.phase === "closed") {
    return <ClosedMessage why={connection.why} pairing={home.pairing} wasIn={role !== "none"} />;
  }
  return (
    <div className="app">
      <Bar
        machine={machine}
        connection={connection}
        sessions={listing.sessions}
        selected={shown?.id}
        hasPanel={hasPanel}
        onPanel={() => setHasPanel(!hasPanel)}
        onSelect={choose}
        onStart={actions.start}
      />
      <div className="body">
        {hasPanel && (
          <Panel
            circuit={circuit}
            sessions={listing.sessions}
            selected={shown?.id}
            actions={actions}
            onSelect={choose}
            onDevices={() => setSheet("devices")}
            onAddDevice={role === "owner" ? () => setSheet("add") : undefined}
            recordings={recordings}
            played={played?.id}
            onPlay={look}
          />
        )}
        <div className="content">
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
          {played === undefined ? (
            <Stage home={home} session={selected} isKnown={listing.isCurrent} actions={actions} />
          ) : (
            <Suspense fallback={<div className="stage" />}>
              <PlayerStage
                key={played.id}
                circuit={circuit}
                recording={played}
                onRemove={() => {
                  remove(played);
                  setPlayed(undefined);
                }}
                onClose={() => setPlayed(undefined)}
              />
            </Suspense>
          )}
        </div>
      </div>
      <Suspense>
        {sheet === "add" && <AddDevice self={home.self} onClose={() => setSheet(undefined)} />}
        {sheet === "devices" && (
          <DeviceSheet self={home.self} role={role} onClose={() => setSheet(undefined)} />
        )}
      </Suspense>
    </div>
  );
}

interface StageProps {
  readonly home: Home;
  readonly session: SessionInfo | undefined;
  readonly isKnown: boolean;
  readonly actions: SessionActions;
}

function Stage({ home, session, isKnown, actions }: StageProps) {
  if (session !== undefined) {
    return (
      <Suspense fallback={<div className="stage" />}>
        <SessionStage
          // Run again, it is born anew, and looked at anew.
          key={session.incarnation}
          circuit={home.circuit}
          session={session}
          onRunAgain={() => actions.runAgain(session)}
        />
      </Suspense>
    );
  }
  if (!isKnown) return <div className="stage" />;
  return (
    <Message title="No session runs here">
      <button type="button" className="primary" onClick={actions.start}>
        Start a shell
      </button>
    </Message>
  );
}

/** What this browser may do, kept while the link is away; nothing until it was in. */
function useRole(connection: ConnectionState): Role {
  const [known, setKnown] = useState<Role>("none");
  const role = connection.phase === "ready" ? connection.peer.role : known;
  if (role !== known) setKnown(role);
  return role;
}

/** The machine's name, kept while the link is away: a bar that changes with every hiccup is hard to hit. */
function useMachineName(connection: ConnectionState): string {
  const [known, setKnown] = useState("Homie");
  const name = connection.phase === "ready" ? connection.peer.name : known;
  if (name !== known) setKnown(name);
  return name;
}
