// What machines tell of themselves and of their sessions, as short as it goes.

import type { MachineInfo, SessionInfo } from "../../src/generated/types.ts";

export function session(id: string, name = id[0] ?? ""): SessionInfo {
  return {
    id,
    incarnation: id,
    name,
    command: ["sh"],
    cwd: "/",
    size: { cols: 80, rows: 24 },
    state: "running",
    viewers: 0,
    created_at: id.charCodeAt(0),
    last_activity_at: 0,
    face: { preview: [] },
    recording: false,
  };
}

export function machine(id: string, change: Partial<MachineInfo> = {}): MachineInfo {
  return { id, name: id[0] ?? "", is_own: false, state: "up", origins: [], tags: [], unlisted: 0, ...change };
}

/** An id of one letter. */
export function idOf(letter: string): string {
  return `${letter.repeat(25)}a`;
}
