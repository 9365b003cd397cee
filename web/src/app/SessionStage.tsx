// One session in its terminal, for as long as it is the one shown, and what is to be said and decided about it.

import type { Attachment, Circuit, SessionInfo, Unsent } from "@homie/client";
import { createTerminal, type ShownSession, type ShownState, showSession } from "@homie/terminal";
import { useEffect, useRef, useState } from "react";
import { ClipboardBanner } from "./ClipboardBanner.tsx";
import { SizeBanner } from "./SizeBanner.tsx";
import { UnsentBanner } from "./UnsentBanner.tsx";
import { useSilence } from "./useSilence.ts";

interface SessionStageProps {
  readonly circuit: Circuit;
  readonly session: SessionInfo;
  readonly onRunAgain: () => void;
}

export default function SessionStage({ circuit, session, onRunAgain }: SessionStageProps) {
  const host = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState<ShownSession>();
  const [state, setState] = useState<ShownState>();
  const [unsent, setUnsent] = useState<Unsent>();
  const [clipboard, setClipboard] = useState<Uint8Array>();

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const shown = showSession({
      options: { session: session.id, mode: "interactive", visible: isSeen() },
      makeView: (events) => createTerminal(element, events),
      attach: (options, viewer) => circuit.attach(options, viewer),
      now: () => performance.now(),
      after,
      onState: setState,
      onUnsent: setUnsent,
      onClipboard: setClipboard,
    });
    setShown(shown);
    shown.view.focus();
    const tell = () => shown.setVisible(isSeen());
    document.addEventListener("visibilitychange", tell);
    return () => {
      document.removeEventListener("visibilitychange", tell);
      shown.dispose();
    };
  }, [circuit, session.id]);

  return (
    <section className="stage" aria-label={session.name}>
      <div className="terminal-host" ref={host} />
      <div className="overlay">
        {session.recording && <RecordingMark />}
        {unsent !== undefined && <UnsentBanner unsent={unsent} onDone={() => setUnsent(undefined)} />}
        {clipboard !== undefined && (
          <ClipboardBanner text={clipboard} onDone={() => setClipboard(undefined)} />
        )}
        <Silence attachment={shown?.attachment} />
        {state !== undefined && shown !== undefined && (
          <SizeBanner state={state} onTake={() => shown.takeSize()} />
        )}
        <Notice session={session} notice={state?.notice} onRunAgain={onRunAgain} />
      </div>
    </section>
  );
}

/** Everyone who looks is told that it is kept. */
function RecordingMark() {
  return (
    <div className="rec" role="status" aria-label="This session is being recorded">
      REC
    </div>
  );
}

function Silence({ attachment }: { attachment: Attachment | undefined }) {
  if (!useSilence(attachment)) return null;
  return (
    <div className="banner" role="status">
      Not answering: what you type is kept.
    </div>
  );
}

interface NoticeProps {
  readonly session: SessionInfo;
  readonly notice: string | undefined;
  readonly onRunAgain: () => void;
}

function Notice({ session, notice, onRunAgain }: NoticeProps) {
  if (notice === undefined) return null;
  return (
    <div className="banner" role="status" aria-label={notice}>
      <span>{notice}</span>
      {session.state !== "running" && (
        <button type="button" onClick={onRunAgain}>
          Run again
        </button>
      )}
    </div>
  );
}

function isSeen(): boolean {
  return document.visibilityState === "visible";
}

function after(milliseconds: number, run: () => void): () => void {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
}
