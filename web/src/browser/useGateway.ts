// A circuit with the gateway itself, for as long as a sheet is open that asks it something.

import { type Circuit, connect } from "@homie/client";
import { useEffect, useState } from "react";
import type { Self } from "../self.ts";

export function useGateway(self: Self): Circuit | undefined {
  const [circuit, setCircuit] = useState<Circuit>();
  useEffect(() => {
    const opened = connect({ platform: self.platform, url: `${self.server}/ws`, caller: self.caller });
    setCircuit(opened);
    return () => opened.close();
  }, [self]);
  return circuit;
}
