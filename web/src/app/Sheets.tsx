// What lies over the page once in a while: the devices, a new one, or a machine. It comes when it is asked for.

import type { Role } from "@homie/client";
import { lazy, Suspense } from "react";
import type { Home } from "../home.ts";
import type { Machines } from "../machines/useMachines.ts";
import type { Chosen } from "./useSelection.ts";

const AddDevice = lazy(() => import("../pairing/AddDevice.tsx"));
const DeviceSheet = lazy(() => import("../devices/DeviceSheet.tsx"));
const MachineSheet = lazy(() => import("../machines/MachineSheet.tsx"));

export type Sheet =
  | { readonly kind: "devices" | "add" }
  | { readonly kind: "machine"; readonly machine: string };

interface SheetsProps {
  readonly home: Home;
  readonly sheet: Sheet | undefined;
  readonly role: Role;
  readonly machines: Machines;
  readonly onShow: (chosen: Chosen) => void;
  readonly onClose: () => void;
}

export function Sheets({ home, sheet, role, machines, onShow, onClose }: SheetsProps) {
  return (
    <Suspense>
      {sheet?.kind === "add" && <AddDevice self={home.self} onClose={onClose} />}
      {sheet?.kind === "devices" && <DeviceSheet self={home.self} role={role} onClose={onClose} />}
      {sheet?.kind === "machine" && (
        <MachineSheet
          home={home}
          machines={machines}
          machine={sheet.machine}
          onShow={onShow}
          onClose={onClose}
        />
      )}
    </Suspense>
  );
}
