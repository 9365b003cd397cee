// A browser out on the internet: it is sent away, opens a link that was made for it, types here and on another machine of the mesh,
// and is out once it is revoked.

import { execFileSync } from "node:child_process";
import { expect, type Page, test } from "@playwright/test";
import { connected, sees, type } from "./person.ts";

const ORIGIN = "https://home.example.org";

type Name = "far" | "near";

/** Says it at this machine, as its person does. */
function homie(machine: Name, ...words: string[]): string {
  const env = { ...process.env, HOMIE_HOME: process.env[`HOMIE_PUBLIC_${machine.toUpperCase()}`] };
  return execFileSync(process.env["HOMIE_BIN"] ?? "", words, { env, encoding: "utf8" });
}

function begin(machine: Name, session: string): void {
  const shell = ["env", "PS1=inner> ", "bash", "--norc", "--noprofile"];
  homie(machine, "new", "--name", session, "--detach", "--", ...shell);
}

function group(page: Page, machine: Name) {
  return page.getByRole("region", { name: machine, exact: true });
}

/** Types something and waits for what comes of it. */
async function answers(page: Page, mark: string): Promise<void> {
  await type(page, `echo ${mark}-$((40 + 2))`);
  await sees(page, new RegExp(`^${mark}-42$`, "m"));
}

test("a browser out there is let in by a link of its own, types, and is out once it is revoked", async ({
  page,
}) => {
  begin("far", "notes");

  // Nobody knows it, and the page says what to do.
  await page.goto(ORIGIN);
  await expect(page.getByText("homie pair --public")).toBeVisible();

  const { link } = JSON.parse(homie("far", "pair", "--public", "--json")) as { link: string };
  expect(link.startsWith(`${ORIGIN}/#link=`)).toBe(true);
  // Another fragment alone would load no page anew.
  await page.goto("about:blank");
  await page.goto(link);
  await connected(page);
  expect(page.url()).toBe(`${ORIGIN}/`);
  await answers(page, "one");

  // It stays in without the link, and the page is held to its own machine.
  await page.goto(ORIGIN);
  await connected(page);
  await sees(page, /^one-42$/m);
  await answers(page, "two");
  const policy = (await page.request.get(ORIGIN)).headers()["content-security-policy"] ?? "";
  expect(policy).toContain("connect-src 'self';");

  const { devices } = JSON.parse(homie("far", "devices", "--json")) as {
    devices: { id: string; name: string; role: string; kind: string }[];
  };
  const browser = devices.find(({ kind }) => kind === "web");
  expect(browser?.role).toBe("operator");
  homie("far", "devices", "revoke", browser?.id ?? "", "--yes");
  await expect(page.getByRole("heading", { name: "This browser may not come in any more" })).toBeVisible();
  await expect(group(page, "far")).toBeHidden();
});
