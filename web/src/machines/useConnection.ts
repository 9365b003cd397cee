// Where the circuit with a machine stands, if there is one.

import type { ConnectionState, OpenMachine } from "@homie/client";
import { useSyncExternalStore } from "react";

const NEVER = () => () => {};

export function useConnection(opened: OpenMachine): ConnectionState;
export function useConnection(opened: OpenMachine | undefined): ConnectionState | undefined;
export function useConnection(opened: OpenMachine | undefined): ConnectionState | undefined {
  const connection = opened?.circuit.connection;
  return useSyncExternalStore<ConnectionState | undefined>(connection?.subscribe ?? NEVER, () =>
    connection?.getSnapshot(),
  );
}
