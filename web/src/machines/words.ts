// How a machine is, as a person says it.

import type { ConnectionState, MachineInfo, Way } from "@homie/client";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** How long ago it was; undefined if it is long enough to be a day of the calendar. */
export function agoOf(time: number, now: number): string {
  const ago = now - time;
  if (ago < MINUTE) return "just now";
  if (ago < HOUR) return `${Math.floor(ago / MINUTE)} min ago`;
  if (ago < DAY) return `${Math.floor(ago / HOUR)} h ago`;
  return ago < 2 * DAY ? "yesterday" : `on ${DATE.format(time)}`;
}

/** In two or three words, for the list. Nothing about one that is there. */
export function stateOf({ state, seen_at }: MachineInfo, now: number): string | undefined {
  if (state === "up") return undefined;
  if (state === "calling") return "calling…";
  return seen_at === undefined ? "away" : `away, seen ${agoOf(seen_at, now)}`;
}

export function toneOf({ state }: MachineInfo): "ok" | "warn" | undefined {
  if (state === "up") return "ok";
  return state === "calling" ? "warn" : undefined;
}

/** The way over which it is open here; nothing while it is not. */
export function wayOf(
  connection: ConnectionState | undefined,
  nameOf: (machine: string) => string,
): string | undefined {
  return connection?.phase === "ready" ? wordsOf(connection.way, nameOf) : undefined;
}

/** Another machine whose gateway is the only way to the one that is looked at. */
export interface Beyond {
  /** As it is called. */
  readonly through: string;
  /** Its page, if it has one that this browser may reach. */
  readonly page: string | undefined;
}

/** Why a machine does not open that the list says is there: a gateway is between it and this page's, which is one too many. */
export function beyondOf(
  { state, through }: MachineInfo,
  connection: ConnectionState | undefined,
  machines: readonly MachineInfo[],
): Beyond | undefined {
  if (connection?.phase !== "waiting" || state !== "up" || through === undefined) return undefined;
  const page = `https://${through}`;
  const between = machines.find(({ origins }) => origins.includes(page));
  return between === undefined ? { through, page: undefined } : { through: between.name, page };
}

function wordsOf({ through }: Way, nameOf: (machine: string) => string): string {
  return through === undefined ? "direct" : `through ${nameOf(through)}`;
}

/** System, version and architecture in one line. */
export function systemOf({ presence }: MachineInfo): string | undefined {
  if (presence === undefined) return undefined;
  const { os, version, arch } = presence.platform;
  return [os, version, arch].filter((word) => word !== "").join(" ");
}
