// The page while its machine lets it in: a bar with the sessions of the machine that is looked at and the link's state, a panel
// with all machines and what they show, and one terminal.

import type { RecordingInfo, Role } from "@homie/client";
import { useState } from "react";
import type { Home } from "../home.ts";
import { useConnection } from "../machines/useConnection.ts";
import { useMachines } from "../machines/useMachines.ts";
import { useStale } from "../machines/useStale.ts";
import { wayOf } from "../machines/words.ts";
import { Bar } from "./Bar.tsx";
import { LinkBanner } from "./LinkBanner.tsx";
import { Panel } from "./Panel.tsx";
import { type Sheet, Sheets } from "./Sheets.tsx";
import { PlayerStage, Stage } from "./Stage.tsx";
import { TroubleBanner } from "./TroubleBanner.tsx";
import { useRecordings } from "./useRecordings.ts";
import { type Chosen, selectionOf, useSelection } from "./useSelection.ts";
import { useFirstShell, useSessions } from "./useSessions.ts";

/** Pixels of width from which the panel stands beside the terminal; below it lies over it. */
const PANEL_FROM = 900;

interface WorkbenchProps {
  readonly home: Home;
  /** What this browser may do on the page's own machine. */
  readonly role: Role;
}

export function Workbench({ home, role }: WorkbenchProps) {
  const { mesh, own } = home;
  const { chosen, choose } = useSelection(mesh, own);
  const machines = useMachines(home, chosen.machine);
  const { opened, sessions, info, isOwn } = machines.here;
  const { circuit } = opened;
  const connection = useConnection(opened);
  const stale = useStale(mesh);
  const [trouble, setTrouble] = useState<string>();
  const isReady = connection.phase === "ready";
  const { recordings, remove } = useRecordings(opened, isReady, sessions, setTrouble);
  const [played, setPlayed] = useState<RecordingInfo>();
  const [hasPanel, setHasPanel] = useState(() => window.innerWidth >= PANEL_FROM);
  const [sheet, setSheet] = useState<Sheet>();
  const look = (recording: RecordingInfo | undefined) => {
    setPlayed(recording);
    if (window.innerWidth < PANEL_FROM) setHasPanel(false);
  };
  const show = (next: Chosen) => {
    choose(next);
    look(undefined);
  };
  const actions = useSessions(opened, show, setTrouble);
  useFirstShell(isOwn && machines.isHereKnown && sessions.length === 0, actions.start);
  const selected = selectionOf(sessions, chosen.session);
  const shown = played === undefined ? selected?.id : undefined;

  return (
    <div className="app">
      <Bar
        machine={info.name}
        way={isOwn ? undefined : wayOf(connection, machines.nameOf)}
        connection={connection}
        sessions={sessions}
        selected={shown}
        hasPanel={hasPanel}
        onPanel={() => setHasPanel(!hasPanel)}
        onSelect={(session) => show({ machine: opened.id, session })}
        onStart={actions.start}
      />
      <div className="body">
        {hasPanel && (
          <Panel
            machines={machines}
            stale={stale}
            selected={shown}
            actions={actions}
            onSelect={show}
            onMachine={(machine) => setSheet({ kind: "machine", machine })}
            onDevices={() => setSheet({ kind: "devices" })}
            onAddDevice={role === "owner" ? () => setSheet({ kind: "add" }) : undefined}
            recordings={recordings}
            played={played?.id}
            onPlay={look}
          />
        )}
        <div className="content">
          <div className="banners">
            <LinkBanner connection={connection} machines={machines} onRetry={() => circuit.wake()} />
            <TroubleBanner trouble={trouble} onClose={() => setTrouble(undefined)} />
          </div>
          {played === undefined ? (
            <Stage
              machine={machines.here}
              connection={connection}
              session={selected}
              isKnown={machines.isHereKnown}
              actions={actions}
              onHome={() => show({ machine: own })}
            />
          ) : (
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
          )}
        </div>
      </div>
      <Sheets
        home={home}
        sheet={sheet}
        role={role}
        machines={machines}
        onShow={show}
        onClose={() => setSheet(undefined)}
      />
    </div>
  );
}
