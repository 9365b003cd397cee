// A session in a terminal: what the attachment tells is shown, what the person types is written.

import type { Attachment, AttachOptions, ExitStatus, Unsent, Viewer } from "@homie/client";
import type { TerminalEvents, TerminalView } from "./terminal.ts";

export interface ShownSession {
  readonly view: TerminalView;
  readonly attachment: Attachment;
  dispose(): void;
}

export interface SessionParts {
  /** Which session, and whether the person may type. */
  readonly options: Pick<AttachOptions, "session" | "mode">;
  makeView(events: TerminalEvents): TerminalView;
  attach(options: AttachOptions, viewer: Viewer): Attachment;
  /** Typed before a link broke: the person decides whether these bytes are still meant. */
  onUnsent(unsent: Unsent): void;
}

/** Shows one session for as long as it is not disposed. */
export function showSession(parts: SessionParts): ShownSession {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  const view = parts.makeView({
    onInput: (bytes) => {
      if (!isOver && !attachment.write(bytes)) view.notice("not taken: a megabyte of input waits already");
    },
    onRoom: (size) => attachment.resize(size),
  });
  const options = { ...parts.options, size: view.size, visible: true };
  const attachment: Attachment = parts.attach(options, viewerOf(view, parts.onUnsent, over));
  return {
    view,
    attachment,
    dispose: () => {
      attachment.detach();
      view.dispose();
    },
  };
}

function viewerOf(view: TerminalView, onUnsent: Viewer["onUnsent"], over: () => void): Viewer {
  return {
    onOpened: ({ size, isNew }) => {
      if (isNew) view.reset();
      view.setGrid(size);
    },
    onOutput: (bytes, _offset, done) => view.write(bytes, done),
    onSnapshot: ({ isSkip, pieces }, done) => {
      if (!isSkip) view.reset();
      for (const piece of pieces) view.write(piece, () => {});
      view.write(new Uint8Array(0), done);
    },
    onDrives: () => {},
    onGap: ({ from, to }) => view.notice(`${(to - from).toLocaleString("en")} bytes of output are lost here`),
    onResized: (size) => view.setGrid(size),
    onExited: (status) => {
      over();
      view.notice(exitWords(status));
    },
    onDetached: (reason) => {
      over();
      view.notice(reason.message);
    },
    onUnsent,
  };
}

/** How a program ended, as a person would say it. */
function exitWords({ code, signal }: ExitStatus): string {
  if (signal !== undefined) return `ended by signal ${signal}`;
  return code === 0 || code === undefined ? "ended" : `ended with code ${code}`;
}
