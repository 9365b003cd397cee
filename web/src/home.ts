// Opens the way to this machine and to all others: enrol by a link if there is one, then a circuit with the gateway that tells
// of all machines, and one with this machine's node, kept alive.

import { type Circuit, type Failure, type Mesh, openMesh, pair, RequestError } from "@homie/client";
import type { Self } from "./self.ts";

export interface Home {
  readonly self: Self;
  readonly mesh: Mesh;
  /** The machine that has served the page. */
  readonly own: string;
  /** The page has come over the internet. */
  readonly isPublic: boolean;
  /** Why a link could not be redeemed, if one was tried. */
  readonly pairing: Failure | undefined;
}

/** What a gateway says of itself. */
interface Introduction {
  readonly node: string;
  /** The page has come over the internet, where nobody is told which machines there are: it speaks to them through this one. */
  readonly isPublic: boolean;
}

/** `secret`: that of a one-use link. */
export async function openHome(page: Window, self: Self, secret: string | undefined): Promise<Home> {
  const { platform, caller, server, runsOn } = self;
  const pairing =
    secret === undefined
      ? undefined
      : await failureOf(pair({ platform, url: `${server}/ws`, caller, secret, name: runsOn }));
  const { node, isPublic } = await introduce(page);
  // Other machines know the origins of the roster, and no loopback address is one of those.
  const isRoaming = page.location.protocol === "https:" && !isPublic;
  const mesh = await openMesh({ platform, caller, home: { server, machine: node }, isRoaming });
  closeWith(mesh, mesh.open(node).circuit);
  wakeWith(page, mesh);
  return { self, mesh, own: node, isPublic, pairing };
}

/** Whoever is not let in by its own machine asks for nothing else. */
function closeWith(mesh: Mesh, { connection }: Circuit): void {
  connection.subscribe(() => {
    if (connection.getSnapshot().phase === "closed") mesh.close();
  });
}

async function introduce(page: Window): Promise<Introduction> {
  const response = await page.fetch("/.well-known/homie");
  const said = (await response.json()) as { node?: unknown; public?: unknown } | null;
  const node = said?.node;
  if (typeof node !== "string") throw new Error("this machine did not say which one it is");
  return { node, isPublic: said?.public === true };
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
function wakeWith(page: Window, mesh: Mesh): void {
  const wake = () => mesh.wake();
  page.addEventListener("online", wake);
  page.addEventListener("pageshow", wake);
  page.document.addEventListener("visibilitychange", () => {
    if (page.document.visibilityState === "visible") wake();
  });
}
