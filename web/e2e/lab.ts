// The machine of a tailnet that a browser on another one opens.

import { execFileSync } from "node:child_process";
import { resolve } from "node:path";

const LAB = resolve(import.meta.dirname, "../../scripts/lib/tailnet-lab");

/** What `homie` says to the person of that machine. */
export function homie(...words: string[]): string {
  return execFileSync(LAB, ["as", process.env["HOMIE_CHROMIUM_SEES"] ?? "", "homie", ...words], {
    encoding: "utf8",
  });
}
