// The page: its own machine decides whether there is one.

import type { ConnectionState, Role } from "@homie/client";
import { useState } from "react";
import type { Home } from "../home.ts";
import { useConnection } from "../machines/useConnection.ts";
import { ClosedMessage } from "./ClosedMessage.tsx";
import { Workbench } from "./Workbench.tsx";

export function App({ home }: { home: Home }) {
  const connection = useConnection(home.mesh.open(home.own));
  const role = useRole(connection);
  if (connection.phase === "closed") {
    const { isPublic, pairing } = home;
    return <ClosedMessage {...{ isPublic, pairing }} why={connection.why} wasIn={role !== "none"} />;
  }
  return <Workbench home={home} role={role} />;
}

/** What this browser may do, kept while the link is away; nothing until it was in. */
function useRole(connection: ConnectionState): Role {
  const [known, setKnown] = useState<Role>("none");
  const role = connection.phase === "ready" ? connection.peer.role : known;
  if (role !== known) setKnown(role);
  return role;
}
