// Beside the panel: the chosen session in its terminal, or what there is to say where none is. The terminal is most of the page:
// the bar and the list stand before it has come.

import type { ConnectionState, SessionInfo } from "@homie/client";
import { type ComponentProps, lazy, Suspense } from "react";
import type { Machines } from "../machines/useMachines.ts";
import { Message } from "./Message.tsx";
import type { SessionActions } from "./useSessions.ts";

const SessionStage = lazy(() => import("./SessionStage.tsx"));
const Player = lazy(() => import("./PlayerStage.tsx"));

interface StageProps {
  readonly machine: Machines["here"];
  readonly connection: ConnectionState;
  readonly session: SessionInfo | undefined;
  /** Whether all sessions of the machine are known. */
  readonly isKnown: boolean;
  readonly actions: SessionActions;
  /** Back to the machine that has served the page. */
  readonly onHome: () => void;
}

export function Stage({ machine, connection, session, isKnown, actions, onHome }: StageProps) {
  const { opened, info } = machine;
  if (connection.phase === "closed")
    return <Refused name={info.name} why={connection.why.message} onHome={onHome} />;
  if (session !== undefined) {
    return (
      <Suspense fallback={<div className="stage" />}>
        <SessionStage
          // Run again, it is born anew, and looked at anew; two machines may use one id.
          key={`${opened.id} ${session.incarnation}`}
          circuit={opened.circuit}
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

/** Another machine does not let this browser in; the others go on. */
function Refused({ name, why, onHome }: { name: string; why: string; onHome: () => void }) {
  return (
    <Message title={`${name} does not let this browser in`}>
      <p>{why}</p>
      <button type="button" className="primary" onClick={onHome}>
        Back
      </button>
    </Message>
  );
}

export function PlayerStage(props: ComponentProps<typeof Player>) {
  return (
    <Suspense fallback={<div className="stage" />}>
      <Player {...props} />
    </Suspense>
  );
}
