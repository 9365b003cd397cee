// When a device was here, in words.

import { expect, it } from "vitest";
import { seenOf } from "../src/devices/words.ts";

const NOW = Date.UTC(2026, 10, 27, 12);
const ago = (minutes: number) => seenOf({ seen_at: NOW - minutes * 60_000 }, NOW);

it("says when a device was here as a person would", () => {
  expect(seenOf({}, NOW)).toBe("not seen here yet");
  expect([ago(0), ago(1), ago(2), ago(59)]).toEqual([
    "here now",
    "here now",
    "seen 2 min ago",
    "seen 59 min ago",
  ]);
  expect([ago(60), ago(24 * 60 - 1), ago(24 * 60), ago(48 * 60)]).toEqual([
    "seen 1 h ago",
    "seen 23 h ago",
    "seen yesterday",
    "seen on 25 Nov 2026",
  ]);
  expect(ago(-30), "its clock runs before ours").toBe("here now");
});
