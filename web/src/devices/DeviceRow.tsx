// A device in the list: what it is called, what it may do, when it was here; and, once it is opened, what can be done to it.

import type { DeviceInfo, Role } from "@homie/client";
import { type FormEvent, useState } from "react";
import type { Devices } from "./useDevices.ts";
import { seenOf } from "./words.ts";

interface DeviceRowProps {
  readonly device: DeviceInfo;
  /** It is the browser that shows this. */
  readonly isOwn: boolean;
  readonly isOpen: boolean;
  readonly onOpen: () => void;
  readonly acts: Devices;
}

export function DeviceRow({ device, isOwn, isOpen, onOpen, acts }: DeviceRowProps) {
  const { name, role, platform, is_machine } = device;
  const mark = isOwn ? "this device" : is_machine ? "this machine" : undefined;
  return (
    <li className="device">
      <button type="button" className="open" aria-expanded={isOpen} onClick={onOpen}>
        <span className="line">
          <span className="name">{name}</span>
          {mark !== undefined && <span className="mark">{mark}</span>}
          <span className="role">{role}</span>
        </span>
        <span className="facts">
          {[platform, seenOf(device, Date.now())].filter((fact) => fact !== undefined).join(" · ")}
        </span>
      </button>
      {isOpen && <Acts device={device} isOwn={isOwn} acts={acts} />}
    </li>
  );
}

function Acts({ device, isOwn, acts }: Pick<DeviceRowProps, "device" | "isOwn" | "acts">) {
  const [name, setName] = useState(device.name);
  const rename = (event: FormEvent) => {
    event.preventDefault();
    acts.rename(device.id, name.trim());
  };
  return (
    <div className="acts">
      <form onSubmit={rename}>
        <label>
          Name
          <input value={name} maxLength={64} required onChange={({ target }) => setName(target.value)} />
        </label>
        <button type="submit" disabled={name.trim() === device.name || name.trim() === ""}>
          Rename
        </button>
      </form>
      {device.role === "owner" ? (
        <p>It may decide who may. An owner stays one until it is revoked.</p>
      ) : (
        <label>
          It may
          <select
            value={device.role}
            onChange={({ target }) => acts.setRole(device.id, target.value as Role)}
          >
            <option value="viewer">look (viewer)</option>
            <option value="operator">look and type (operator)</option>
            <option value="owner">also decide who may (owner)</option>
          </select>
        </label>
      )}
      {device.is_machine ? (
        <p>
          This machine signs with it. Only <code>homie devices revoke</code> at the machine itself revokes it.
        </p>
      ) : (
        <Revoke device={device} isOwn={isOwn} onRevoke={() => acts.revoke(device.id)} />
      )}
    </div>
  );
}

interface RevokeProps {
  readonly device: DeviceInfo;
  readonly isOwn: boolean;
  readonly onRevoke: () => void;
}

/** Asks first: nothing brings a revoked key back. */
function Revoke({ device: { name }, isOwn, onRevoke }: RevokeProps) {
  const [isAsking, setIsAsking] = useState(false);
  if (!isAsking) {
    return (
      <button type="button" className="danger" onClick={() => setIsAsking(true)}>
        Revoke…
      </button>
    );
  }
  return (
    <div className="asking" role="alertdialog" aria-label={`Revoke ${name}?`}>
      <p>
        Revoke <strong>{name}</strong> for ever? What it has open ends at once, and to come back it must pair
        anew.{isOwn && " It is the browser you are looking at: this page ends with it."}
      </p>
      <button type="button" className="danger" onClick={onRevoke}>
        Revoke for ever
      </button>
      <button type="button" onClick={() => setIsAsking(false)}>
        Keep it
      </button>
    </div>
  );
}
