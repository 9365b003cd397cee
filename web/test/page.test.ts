// The pure parts of the page.

import { readFileSync } from "node:fs";
import type { SessionInfo } from "@homie/client";
import { describe, expect, it, vi } from "vitest";
import { visible } from "../src/app/UnsentBanner.tsx";
import { selectionOf } from "../src/app/useSelection.ts";
import { takeArrival } from "../src/browser/link.ts";
import { deviceName } from "../src/browser/platform.ts";

const SECRET = "abcdefghijklmnopqrstuvwxy2";

function session(id: string, state: SessionInfo["state"]): SessionInfo {
  const size = { cols: 80, rows: 24 };
  return {
    id,
    incarnation: id,
    name: id,
    command: [],
    cwd: "/",
    size,
    state,
    viewers: 0,
    created_at: 0,
    last_activity_at: 0,
    face: { preview: [] },
    recording: false,
  };
}

describe("what the address brings", () => {
  const INVITATION = readFileSync(
    new URL("../../spec/vectors/v1/invitation-link-loopback.bin", import.meta.url),
    "utf8",
  );
  const [ORIGIN = "", PAIR = ""] = INVITATION.split("/#");

  function open(hash: string, origin = ORIGIN) {
    const replaceState = vi.fn();
    const location = { hash, origin, pathname: "/", search: "?a=1" } as Location;
    return { arrival: takeArrival(location, { replaceState } as unknown as History), replaceState };
  }

  it("is taken out of the address bar, without a new entry in the history", () => {
    const { arrival, replaceState } = open(`#link=${SECRET}`);
    expect(arrival).toEqual({ kind: "link", secret: SECRET });
    expect(replaceState).toHaveBeenCalledExactlyOnceWith(null, "", "/?a=1");
  });

  it("may invite to pair, with the machine that has served the page", () => {
    const { arrival, replaceState } = open(`#${PAIR}`);
    expect(arrival).toMatchObject({ kind: "pair", invited: { way: "qr", invitation: { origin: ORIGIN } } });
    expect(replaceState).toHaveBeenCalledOnce();
    expect(open("#code").arrival).toEqual({ kind: "code" });
    expect(open(`#secret=${"a".repeat(32)}`).arrival).toMatchObject({
      kind: "pair",
      invited: { way: "secret" },
    });
  });

  it.each([
    "",
    "#link=short",
    `#link=${SECRET}x`,
    `#other=${SECRET}`,
    "#code=1",
    `#${PAIR}x`,
    "#pair=https://evil.example",
    "#gateway=wss://evil.example/ws",
    "#homie://pair?v=1&url=https%3A%2F%2Fevil.example",
  ])("%j brings nothing", (hash) => {
    expect(open(hash).arrival).toBeUndefined();
  });

  it("is erased even if it is malformed", () => {
    expect(open("#link=short").replaceState).toHaveBeenCalledOnce();
    expect(open("").replaceState).not.toHaveBeenCalled();
  });
});

describe("the session a tab shows", () => {
  const sessions = [session("a", "running"), session("b", "running"), session("c", "exited")];

  it("is the one chosen here", () => expect(selectionOf(sessions, "a")?.id).toBe("a"));
  it("is else the youngest that runs", () => expect(selectionOf(sessions, "gone")?.id).toBe("b"));
  it("is else the youngest", () => expect(selectionOf(sessions.slice(2), undefined)?.id).toBe("c"));
  it("is none where there is none", () => expect(selectionOf([], "a")).toBeUndefined());
});

describe("what is shown before it is sent", () => {
  it("makes every control character visible", () => {
    expect(visible("rm x\r\u001b[A\u007f\u0085")).toBe("rm x\u240d\u241b[A\u2421\ufffd");
  });
});

describe("a device's name", () => {
  it.each([
    ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36", "Chrome on Linux"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Mobile Safari/604.1", "Safari on iPhone"],
    ["something else", "Browser"],
  ])("%s", (userAgent, name) => expect(deviceName(userAgent)).toBe(name));
});
