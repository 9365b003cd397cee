// An owner adds a device: a QR code or a six-digit code, then the digits that the new device shows, and what it may do.

import type { PairingInfo, Role } from "@homie/client";
import { type FormEvent, useState } from "react";
import type { Self } from "../self.ts";
import { QrCode } from "./QrCode.tsx";
import { type Offered, useOffer } from "./useOffer.ts";
import { joins, roleOf } from "./waiting.ts";

export default function AddDevice({ self, onClose }: { self: Self; onClose: () => void }) {
  const [way, setWay] = useState<"qr" | "code">("qr");
  const [turn, setTurn] = useState(0);
  const offered = useOffer(self, way, turn);
  const { pairing, trouble } = offered;
  return (
    <section className="sheet" aria-label="Add a device">
      <header>
        <h1>Add a device</h1>
        <button type="button" aria-label="Close" onClick={onClose}>
          ✕
        </button>
      </header>
      {trouble !== undefined && <p role="alert">{trouble}</p>}
      <Body offered={offered} way={way} onWay={setWay} onAgain={() => setTurn(turn + 1)} onClose={onClose} />
      {pairing !== undefined && pairing.failed > 0 && (
        <p role="alert">Somebody else has tried this code too. Compare the digits with your own device.</p>
      )}
    </section>
  );
}

interface BodyProps {
  readonly offered: Offered;
  readonly way: "qr" | "code";
  readonly onWay: (way: "qr" | "code") => void;
  readonly onAgain: () => void;
  readonly onClose: () => void;
}

function Body(props: BodyProps) {
  const { offered, onAgain, onClose } = props;
  const { pairing } = offered;
  switch (pairing?.stage ?? "open") {
    case "open":
      return <Offer {...props} />;
    case "waiting":
      return <Decide offered={offered} />;
    case "approved":
      return (
        <>
          <p role="status">{pairing?.applicant?.name ?? "The device"} is in.</p>
          <button type="button" className="primary" onClick={onClose}>
            Done
          </button>
        </>
      );
    default:
      return (
        <>
          <p role="status">{endOf(pairing)}</p>
          <button type="button" className="primary" onClick={onAgain}>
            Make a new code
          </button>
        </>
      );
  }
}

function Offer({ offered: { offer }, way, onWay }: BodyProps) {
  if (offer === undefined) return <p>Asking the machine…</p>;
  const minutes = Math.round(offer.valid_ms / 60_000);
  return way === "qr" ? (
    <>
      <QrCode text={offer.link} label="QR code to scan with the new device" />
      <p>Scan this with the new device within {minutes} minutes, or open this address there:</p>
      <code className="address">{offer.link}</code>
      <button type="button" onClick={() => onWay("code")}>
        It has no camera
      </button>
    </>
  ) : (
    <>
      <output className="digits" aria-label={`code: ${offer.code}`}>
        <span>{offer.code?.slice(0, 3)}</span>
        <span>{offer.code?.slice(3)}</span>
      </output>
      <p>Open this address on the new device and type the code there, within {minutes} minutes:</p>
      <code className="address">{offer.link}</code>
      <button type="button" onClick={() => onWay("qr")}>
        Show a QR code
      </button>
    </>
  );
}

function Decide({ offered }: { offered: Offered }) {
  const [digits, setDigits] = useState("");
  const [role, setRole] = useState<Role>("operator");
  const applicant = offered.pairing?.applicant;
  const isMachine = joins(applicant);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    offered.approve(digits, roleOf(applicant, role));
    setDigits("");
  };
  return (
    <form className="pair" onSubmit={submit}>
      <p role="status">
        <strong>{applicant?.name}</strong> ({applicant?.platform}){" "}
        {isMachine ? "wants to be a machine of yours, and an owner." : "wants in."}
      </p>
      <label>
        The six digits it shows
        <input
          className="digits"
          value={digits}
          inputMode="numeric"
          autoComplete="off"
          placeholder="000000"
          pattern="[0-9]{6}"
          required
          onChange={({ target }) => setDigits(target.value.replace(/\D/g, "").slice(0, 6))}
        />
      </label>
      {!isMachine && (
        <label>
          It may
          <select value={role} onChange={({ target }) => setRole(target.value as Role)}>
            <option value="viewer">look (viewer)</option>
            <option value="operator">look and type (operator)</option>
            <option value="owner">also decide who may (owner)</option>
          </select>
        </label>
      )}
      <button type="submit" className="primary">
        Let it in
      </button>
      <button type="button" onClick={offered.refuse}>
        Refuse
      </button>
    </form>
  );
}

function endOf(pairing: PairingInfo | undefined): string {
  switch (pairing?.stage) {
    case "expired":
      return "Nobody answered in time.";
    case "spent":
      return "No device was let in: all tries are spent.";
    default:
      return "No device was let in: it was refused, or another code has taken this one's place.";
  }
}
