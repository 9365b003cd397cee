// The circuit will not come back by itself: what the person can do.

import type { Failure } from "@homie/client";
import { Message } from "./Message.tsx";

export function ClosedMessage({ why, pairing }: { why: Failure; pairing: Failure | undefined }) {
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
    <Message title="This browser is not known here yet">
      {pairing !== undefined && <p>{pairing.message}</p>}
      <p>
        On the machine, run <code>homie pair --here</code> and open the link that it prints. It works once,
        within a minute.
      </p>
    </Message>
  );
}
