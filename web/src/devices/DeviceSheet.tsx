// Who may come in: for owners the devices with what can be done to them, for others why they see none.

import type { DeviceInfo, Role } from "@homie/client";
import { useState } from "react";
import type { Self } from "../self.ts";
import { DeviceRow } from "./DeviceRow.tsx";
import { type Devices, useDevices } from "./useDevices.ts";

interface DeviceSheetProps {
  readonly self: Self;
  /** What this browser may do. */
  readonly role: Role;
  readonly onClose: () => void;
}

export default function DeviceSheet({ self, role, onClose }: DeviceSheetProps) {
  return (
    <section className="sheet devices" aria-label="Devices">
      <header>
        <h1>Devices</h1>
        <button type="button" aria-label="Close" onClick={onClose}>
          ✕
        </button>
      </header>
      {role === "owner" ? (
        <List self={self} />
      ) : (
        <p>
          Only owners see who may come in, and this browser is{" "}
          {role === "viewer" ? "a viewer" : "an operator"}. An owner's device shows the list here; at the
          machine itself <code>homie devices</code> does.
        </p>
      )}
    </section>
  );
}

function List({ self }: { self: Self }) {
  const known = useDevices(self);
  const { devices, trouble } = known;
  const inside = devices?.filter(({ is_revoked }) => !is_revoked) ?? [];
  const revoked = devices?.filter(({ is_revoked }) => is_revoked) ?? [];
  return (
    <>
      {trouble !== undefined && <p role="alert">{trouble}</p>}
      {devices === undefined && trouble === undefined && <p>Asking the machine…</p>}
      <Rows label="May come in" devices={inside} own={self.caller.device.id} known={known} />
      {revoked.length > 0 && (
        <>
          <h2>Revoked, for ever</h2>
          <ul aria-label="Revoked">
            {revoked.map(({ id, name }) => (
              <li key={id} className="device" data-revoked>
                {name}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

interface RowsProps {
  readonly label: string;
  readonly devices: readonly DeviceInfo[];
  readonly own: string;
  readonly known: Devices;
}

function Rows({ label, devices, own, known }: RowsProps) {
  const [open, setOpen] = useState<string>();
  return (
    <ul aria-label={label}>
      {devices.map((device) => (
        <DeviceRow
          key={device.id}
          device={device}
          isOwn={device.id === own}
          isOpen={device.id === open}
          onOpen={() => setOpen(device.id === open ? undefined : device.id)}
          acts={known}
        />
      ))}
    </ul>
  );
}
