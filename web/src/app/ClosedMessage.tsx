// The circuit will not come back by itself: what the person can do.

import type { Failure } from "@homie/client";
import { openForCode } from "../browser/link.ts";
import { Message } from "./Message.tsx";

interface ClosedMessageProps {
  readonly why: Failure;
  readonly pairing: Failure | undefined;
  /** This page was in before. */
  readonly wasIn: boolean;
  /** It has come over the internet, where nobody pairs by digits. */
  readonly isPublic: boolean;
}

export function ClosedMessage({ why, pairing, wasIn, isPublic }: ClosedMessageProps) {
  if (why.code !== "device_unknown") {
    return (
      <Message title="This machine cannot be reached from here">
        <p>{why.message}</p>
        <button type="button" className="primary" onClick={() => location.reload()}>
          Try again
        </button>
      </Message>
    );
  }
  return (
    <Message title={wasIn ? "This browser may not come in any more" : "This browser is not known here yet"}>
      {wasIn && <p>Somebody who may decide has revoked it. To come back it must be paired anew.</p>}
      {pairing !== undefined && <p>{pairing.message}</p>}
      {isPublic ? <HowFromInternet /> : <HowNearby />}
    </Message>
  );
}

function HowFromInternet() {
  return (
    <p>
      On the machine, run <code>homie pair --public</code> and open the link that it prints, here. It works
      once, within ten minutes.
    </p>
  );
}

function HowNearby() {
  return (
    <>
      <p>
        On the machine, run <code>homie pair --here</code> and open the link that it prints. It works once,
        within a minute. For a browser on another device, run <code>homie pair</code> there and scan what it
        shows, or <code>homie pair --code</code> and type the code here.
      </p>
      <button type="button" className="primary" onClick={() => openForCode(window)}>
        I have a code
      </button>
    </>
  );
}
