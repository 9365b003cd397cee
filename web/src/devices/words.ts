// When a device was here, as a person says it.

import type { DeviceInfo } from "@homie/client";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** Machines write it down once a minute, so a minute or two ago is now. */
export function seenOf({ seen_at }: Pick<DeviceInfo, "seen_at">, now: number): string {
  if (seen_at === undefined) return "not seen here yet";
  const ago = now - seen_at;
  if (ago < 2 * MINUTE) return "here now";
  if (ago < HOUR) return `seen ${Math.floor(ago / MINUTE)} min ago`;
  if (ago < DAY) return `seen ${Math.floor(ago / HOUR)} h ago`;
  return ago < 2 * DAY ? "seen yesterday" : `seen on ${DATE.format(seen_at)}`;
}
