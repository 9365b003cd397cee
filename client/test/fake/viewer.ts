// A viewer that writes down what it is told.

import type { Applied, Unsent, Viewer } from "../../src/viewer.ts";

export class NotingViewer implements Viewer {
  readonly notes: string[] = [];
  readonly unsent: Unsent[] = [];
  readonly applied: Applied[] = [];
  /** What stands between output and its acknowledgement. */
  readonly parse: (() => void)[] = [];
  isNew: boolean[] = [];

  readonly onOpened: Viewer["onOpened"] = ({ size, isNew, drives, hasSnapshot }) => {
    this.isNew.push(isNew);
    const words = [isNew ? " new" : "", drives ? "" : " foreign", hasSnapshot ? " snapshot" : ""];
    this.notes.push(`opened ${size.cols}x${size.rows}${words.join("")}`);
  };
  readonly onOutput: Viewer["onOutput"] = (bytes, offset, done) => {
    this.notes.push(`${offset}:${new TextDecoder().decode(bytes)}`);
    this.parse.push(done);
  };
  readonly onSnapshot: Viewer["onSnapshot"] = ({ offset, isSkip, pieces }, done) => {
    const text = pieces.map((piece) => new TextDecoder().decode(piece)).join("|");
    this.notes.push(`${isSkip ? "skip" : "snapshot"} ${offset}:${text}`);
    this.parse.push(done);
  };
  readonly onDrives: Viewer["onDrives"] = (drives) => this.notes.push(drives ? "drives" : "follows");
  readonly onClipboard = (text: Uint8Array) => {
    this.notes.push(`clipboard ${new TextDecoder().decode(text)}`);
  };
  readonly onGap: Viewer["onGap"] = ({ from, to }) => this.notes.push(`gap ${from}-${to}`);
  readonly onResized: Viewer["onResized"] = ({ cols, rows }) => this.notes.push(`resized ${cols}x${rows}`);
  readonly onExited: Viewer["onExited"] = ({ code, signal }) => this.notes.push(`exited ${code ?? signal}`);
  readonly onDetached: Viewer["onDetached"] = ({ code }) => this.notes.push(`detached ${code}`);
  readonly onUnsent: Viewer["onUnsent"] = (unsent) => {
    this.unsent.push(unsent);
    this.notes.push(`unsent ${new TextDecoder().decode(unsent.bytes)}`);
  };
  readonly onApplied = (applied: Applied) => {
    this.applied.push(applied);
  };

  /** The notes since the last look. */
  take(): string[] {
    return this.notes.splice(0);
  }
}
