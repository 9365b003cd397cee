// The devices of the mesh, asked of the gateway, and what an owner does to them. Trouble is told in words.

import type { Circuit, DeviceInfo, Role } from "@homie/client";
import { useEffect, useState } from "react";
import { everyPage } from "../browser/pages.ts";
import { useGateway } from "../browser/useGateway.ts";
import { useTrouble } from "../browser/useTrouble.ts";
import type { Self } from "../self.ts";

export interface Devices {
  /** In the order in which they came; undefined until they are known. */
  readonly devices: readonly DeviceInfo[] | undefined;
  readonly trouble: string | undefined;
  rename(device: string, name: string): void;
  setRole(device: string, role: Role): void;
  revoke(device: string): void;
}

export function useDevices(self: Self): Devices {
  const circuit = useGateway(self);
  const [devices, setDevices] = useState<readonly DeviceInfo[]>();
  const { trouble, tell, forget } = useTrouble();
  useEffect(() => {
    if (circuit === undefined) return;
    let isWanted = true;
    all(circuit).then((found) => {
      if (isWanted) setDevices(found);
    }, tell);
    return () => {
      isWanted = false;
    };
  }, [circuit, tell]);
  const act = (asked: Promise<{ readonly device: DeviceInfo }> | undefined) => {
    forget();
    asked?.then(
      ({ device }) => setDevices((known) => known?.map((one) => (one.id === device.id ? device : one))),
      tell,
    );
  };
  return {
    devices,
    trouble,
    rename: (device, name) => act(circuit?.request("mesh.device.rename", { device, name })),
    setRole: (device, role) => act(circuit?.request("mesh.device.role", { device, role })),
    revoke: (device) => act(circuit?.request("mesh.device.revoke", { device })),
  };
}

function all(circuit: Circuit): Promise<readonly DeviceInfo[]> {
  return everyPage(async (from) => {
    const { devices, next } = await circuit.request("mesh.device.list", from);
    return { items: devices, next };
  });
}
