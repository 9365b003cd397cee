// What a person does with the machines around the browser, which a test of the command has made (homie/tests/command/page.rs).

import { execFileSync } from "node:child_process";
import { expect, type Page } from "@playwright/test";
import { sees, type } from "./person.ts";

/** The machines that a test may have put around the browser. */
export type Name = "gw" | "laptop" | "shed";

/** Says it at this machine, as its person does. */
export function homie(machine: Name, ...words: string[]): string {
  const env = { ...process.env, HOMIE_HOME: process.env[`HOMIE_TWO_${machine.toUpperCase()}`] };
  return execFileSync(process.env["HOMIE_BIN"] ?? "", words, { env, encoding: "utf8" });
}

export function begin(machine: Name, session: string): void {
  const shell = ["env", "PS1=inner> ", "bash", "--norc", "--noprofile"];
  homie(machine, "new", "--name", session, "--detach", "--", ...shell);
}

/** Node and gateway of this machine end at once. */
export function kill(machine: Name): void {
  const { node } = JSON.parse(homie(machine, "status", "--json")) as { node: { pid: number } };
  process.kill(node.pid, "SIGKILL");
}

export function group(page: Page, machine: Name) {
  return page.getByRole("region", { name: machine, exact: true });
}

export async function open(page: Page, machine: Name, session: string): Promise<void> {
  await group(page, machine).getByRole("button", { name: session }).click();
  await expect(page.getByRole("region", { name: session, exact: true })).toBeVisible();
}

/** Types something and waits for what comes of it. */
export async function answers(page: Page, mark: string): Promise<void> {
  await type(page, `echo ${mark}-$((40 + 2))`);
  await sees(page, new RegExp(`^${mark}-42$`, "m"));
}

/** What the page is called for its own machine alone. */
const LINK = /http:\/\/\S+#link=[a-z2-7]{26}/;

/** A link to the page at its own machine. */
export function linkOf(machine: Name): string {
  return LINK.exec(homie(machine, "pair", "--here"))?.[0] ?? "";
}
