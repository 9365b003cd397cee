// One session in its terminal, for as long as it is the one shown.

import type { Attachment, Circuit, SessionInfo, Unsent } from "@homie/client";
import { createTerminal, showSession } from "@homie/terminal";
import { useEffect, useRef, useState } from "react";
import { UnsentBanner } from "./UnsentBanner.tsx";
import { useSilence } from "./useSilence.ts";

export default function SessionStage({ circuit, session }: { circuit: Circuit; session: SessionInfo }) {
  const host = useRef<HTMLDivElement>(null);
  const [attachment, setAttachment] = useState<Attachment>();
  const [unsent, setUnsent] = useState<Unsent>();
  const isSilent = useSilence(attachment);

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const shown = showSession({
      options: { session: session.id, mode: "interactive" },
      makeView: (events) => createTerminal(element, events),
      attach: (options, viewer) => circuit.attach(options, viewer),
      onUnsent: setUnsent,
    });
    setAttachment(shown.attachment);
    shown.view.focus();
    return () => shown.dispose();
  }, [circuit, session.id]);

  return (
    <section className="stage" aria-label={session.name}>
      {unsent !== undefined && <UnsentBanner unsent={unsent} onDone={() => setUnsent(undefined)} />}
      {isSilent && (
        <div className="banner floating" role="status">
          Not answering: what you type is kept.
        </div>
      )}
      <div className="terminal-host" ref={host} />
    </section>
  );
}
