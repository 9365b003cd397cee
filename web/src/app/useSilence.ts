// Whether a key has waited so long for the terminal that the person should know.

import type { Attachment } from "@homie/client";
import { useEffect, useState } from "react";

const PATIENCE = 2_000;
const LOOK_EVERY = 500;

export function useSilence(attachment: Attachment | undefined): boolean {
  const [isSilent, setIsSilent] = useState(false);
  useEffect(() => {
    if (attachment === undefined) return;
    const timer = setInterval(() => {
      const since = attachment.unansweredSince;
      setIsSilent(since !== undefined && Date.now() - since > PATIENCE);
    }, LOOK_EVERY);
    return () => clearInterval(timer);
  }, [attachment]);
  return isSilent;
}
