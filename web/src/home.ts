// Opens the way to this machine: enrol by a link if there is one, then one circuit to its node, kept alive.

import {
  type Circuit,
  connect,
  type Failure,
  pair,
  RequestError,
  type SessionsWatch,
  watchSessions,
} from "@homie/client";
import type { Self } from "./self.ts";

export interface Home {
  readonly self: Self;
  readonly circuit: Circuit;
  readonly sessions: SessionsWatch;
  /** Why a link could not be redeemed, if one was tried. */
  readonly pairing: Failure | undefined;
}

/** What a gateway says of itself. */
interface Introduction {
  readonly node: string;
}

/** `secret`: that of a one-use link. */
export async function openHome(page: Window, self: Self, secret: string | undefined): Promise<Home> {
  const { platform, caller, server, runsOn } = self;
  const pairing =
    secret === undefined
      ? undefined
      : await failureOf(pair({ platform, url: `${server}/ws`, caller, secret, name: runsOn }));
  const { node } = await introduce(page);
  const circuit = connect({ platform, url: `${server}/m/${node}`, caller });
  wakeWith(page, circuit);
  return { self, circuit, sessions: watchSessions(circuit, platform), pairing };
}

async function introduce(page: Window): Promise<Introduction> {
  const response = await page.fetch("/.well-known/homie");
  const introduction: unknown = await response.json();
  const node = (introduction as Partial<Introduction> | null)?.node;
  if (typeof node !== "string") throw new Error("this machine did not say which one it is");
  return { node };
}

async function failureOf(attempt: Promise<unknown>): Promise<Failure | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    if (error instanceof RequestError) return { code: error.code, message: error.message };
    throw error;
  }
}

/** A page that comes back may hold a socket that died while it slept: ask at once instead of waiting for a timer. */
function wakeWith(page: Window, circuit: Circuit): void {
  const wake = () => circuit.wake();
  page.addEventListener("online", wake);
  page.addEventListener("pageshow", wake);
  page.document.addEventListener("visibilitychange", () => {
    if (page.document.visibilityState === "visible") wake();
  });
}
