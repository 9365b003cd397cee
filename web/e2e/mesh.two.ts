// Two machines in one page: both in its list, the other's sessions opened from here, and what goes on when one is gone.

import { execFileSync } from "node:child_process";
import { expect, type Page, test } from "@playwright/test";
import { connected, sees, type } from "./person.ts";

type Name = "gw" | "laptop";

/** Says it at this machine, as its person does. */
function homie(machine: Name, ...words: string[]): string {
  const env = { ...process.env, HOMIE_HOME: process.env[`HOMIE_TWO_${machine.toUpperCase()}`] };
  return execFileSync(process.env["HOMIE_BIN"] ?? "", words, { env, encoding: "utf8" });
}

function begin(machine: Name, session: string): void {
  const shell = ["env", "PS1=inner> ", "bash", "--norc", "--noprofile"];
  homie(machine, "new", "--name", session, "--detach", "--", ...shell);
}

/** Node and gateway of this machine end at once. */
function kill(machine: Name): void {
  const { node } = JSON.parse(homie(machine, "status", "--json")) as { node: { pid: number } };
  process.kill(node.pid, "SIGKILL");
}

function group(page: Page, machine: Name) {
  return page.getByRole("region", { name: machine, exact: true });
}

async function open(page: Page, machine: Name, session: string): Promise<void> {
  await group(page, machine).getByRole("button", { name: session }).click();
  await expect(page.getByRole("region", { name: session, exact: true })).toBeVisible();
}

/** Types something and waits for what comes of it. */
async function answers(page: Page, mark: string): Promise<void> {
  await type(page, `echo ${mark}-$((40 + 2))`);
  await sees(page, new RegExp(`^${mark}-42$`, "m"));
}

test("direct: a page of the tailnet opens the other machine straight, and goes on without the one it came from", async ({
  page,
}) => {
  begin("laptop", "notes");
  const { link } = JSON.parse(homie("gw", "pair", "--json")) as { link: string };
  await page.goto(link);
  await page.getByRole("button", { name: "Pair" }).click();
  const shown = page.locator("output.digits");
  await expect(shown).toBeVisible();
  homie("gw", "approve", (await shown.innerText()).replace(/\D/g, ""), "--role", "operator");
  await connected(page);
  expect(new URL(page.url()).origin).toBe("https://gw.tail.test:4663");
  await open(page, "laptop", "notes");
  await expect(page.getByRole("status", { name: "link: connected, direct" })).toBeVisible();
  await answers(page, "one");

  kill("gw");
  await answers(page, "two");
  await expect(group(page, "gw").getByRole("button", { name: "gw away, seen just now" })).toBeVisible();
  begin("laptop", "later");
  await open(page, "laptop", "later");
  await answers(page, "three");
});
