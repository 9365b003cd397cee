// A session in the list: its name and title, whether it wants a person, the last line it shows, and what can be done to it.

import type { SessionInfo } from "@homie/client";
import type { SessionActions } from "./useSessions.ts";

interface SessionRowProps {
  readonly session: SessionInfo;
  readonly isSelected: boolean;
  readonly actions: SessionActions;
  readonly onSelect: () => void;
}

export function SessionRow({ session, isSelected, actions, onSelect }: SessionRowProps) {
  const { name, face, recording } = session;
  return (
    <li className="session" data-selected={isSelected || undefined}>
      <button type="button" className="open" aria-current={isSelected} onClick={onSelect}>
        <span className="line">
          <span className="dot" data-tone={toneOf(session)} />
          <span className="name">{name}</span>
          {recording && <span className="rec">REC</span>}
          <span className="title">{[endOf(session), titleOf(session)].filter(Boolean).join(" · ")}</span>
        </span>
        {face.attention !== undefined && (
          <span className="attention">{face.attention.text ?? "rang the bell"}</span>
        )}
        <span className="preview">{face.preview.at(-1) ?? ""}</span>
      </button>
      {isSelected && <Actions session={session} actions={actions} />}
    </li>
  );
}

function Actions({ session, actions }: Pick<SessionRowProps, "session" | "actions">) {
  if (session.state !== "running") {
    return (
      <button type="button" className="act" onClick={() => actions.runAgain(session)}>
        Run again
      </button>
    );
  }
  return (
    <button type="button" className="act" onClick={() => actions.record(session)}>
      {session.recording ? "Stop recording" : "Record"}
    </button>
  );
}

/** The colour says nothing that is not also written. */
function toneOf({ state, face }: SessionInfo): "ok" | "warn" | "err" | undefined {
  if (state === "lost") return "err";
  if (face.attention !== undefined) return "warn";
  return state === "running" ? "ok" : undefined;
}

function titleOf({ face, command }: SessionInfo): string {
  return face.title ?? command.join(" ");
}

/** How a session that is over ended, in a word or two; nothing for one that runs. */
export function endOf({ state, exit }: SessionInfo): string | undefined {
  if (state !== "exited") return state === "running" ? undefined : state;
  return exit?.code === undefined || exit.code === 0 ? "exited" : `exited ${exit.code}`;
}
