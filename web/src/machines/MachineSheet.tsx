// A machine: what it is, where it is found, over which way it is open here, and a shell there.

import type { ReactNode } from "react";
import type { Chosen } from "../app/useSelection.ts";
import { start } from "../app/useSessions.ts";
import { useTrouble } from "../browser/useTrouble.ts";
import type { Home } from "../home.ts";
import { useConnection } from "./useConnection.ts";
import type { Machines, ShownMachine } from "./useMachines.ts";
import { agoOf, systemOf, wayOf } from "./words.ts";

interface MachineSheetProps {
  readonly home: Home;
  readonly machines: Machines;
  readonly machine: string;
  readonly onShow: (chosen: Chosen) => void;
  readonly onClose: () => void;
}

const STATES = { up: "there", calling: "being called", away: "away" } as const;

export default function MachineSheet({ machines, machine, ...props }: MachineSheetProps) {
  const shown = machines.all.find(({ info }) => info.id === machine);
  return shown === undefined ? null : <Sheet shown={shown} nameOf={machines.nameOf} {...props} />;
}

interface SheetProps extends Pick<MachineSheetProps, "home" | "onShow" | "onClose"> {
  readonly shown: ShownMachine;
  readonly nameOf: Machines["nameOf"];
}

function Sheet({ home, shown: { info, isOwn, opened }, nameOf, onShow, onClose }: SheetProps) {
  const way = wayOf(useConnection(opened), nameOf);
  const { trouble, tell } = useTrouble();
  const begin = () => {
    start(home.mesh.open(info.id)).then((begun) => {
      onShow(begun);
      onClose();
    }, tell);
  };
  return (
    <section className="sheet machine-sheet" aria-label={`Machine ${info.name}`}>
      <header>
        <h1>{info.name}</h1>
        <button type="button" aria-label="Close" onClick={onClose}>
          ✕
        </button>
      </header>
      <dl>
        <Fact name="State">{STATES[info.state]}</Fact>
        <Fact name="Why">{info.why}</Fact>
        {info.state !== "up" && info.seen_at !== undefined && (
          <Fact name="Last seen">{agoOf(info.seen_at, Date.now())}</Fact>
        )}
        <Fact name="Open here">{way ?? "not open"}</Fact>
        <Fact name="Behind">{info.through}</Fact>
        <Fact name="Host">{info.presence?.host}</Fact>
        <Fact name="System">{systemOf(info)}</Fact>
        <Fact name="Homie">{info.presence?.homie}</Fact>
        <Fact name="Address">
          {info.origins.length === 0 ? undefined : <Addresses origins={info.origins} />}
        </Fact>
        <Fact name="Id">
          <code>{info.id}</code>
        </Fact>
      </dl>
      {isOwn && <p>This page came from here.</p>}
      {trouble !== undefined && <p role="alert">{trouble}</p>}
      {info.state !== "away" && (
        <button type="button" className="primary" onClick={begin}>
          New shell on {info.name}
        </button>
      )}
    </section>
  );
}

/** What is not known is not shown. */
function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === undefined || children === "") return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Addresses({ origins }: { origins: readonly string[] }) {
  return origins.map((origin) => <code key={origin}>{origin}</code>);
}
