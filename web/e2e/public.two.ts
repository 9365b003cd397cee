// A browser out on the internet: it is sent away, opens a link that was made for it, types, and is out once it is revoked.

import { execFileSync } from "node:child_process";
import { expect, type Page, test } from "@playwright/test";
import { connected, sees, type } from "./person.ts";

const ORIGIN = "https://home.example.org";

/** Says it at the machine, which is in a network of its own, as its person does. */
function homie(...words: string[]): string {
  const { HOMIE_PUBLIC_FAR, HOMIE_PUBLIC_NETWORK = "", HOMIE_BIN = "" } = process.env;
  const env = { ...process.env, HOMIE_HOME: HOMIE_PUBLIC_FAR };
  return execFileSync("nsenter", [HOMIE_PUBLIC_NETWORK, "--", HOMIE_BIN, ...words], {
    env,
    encoding: "utf8",
  });
}

/** Types something and waits for what comes of it. */
async function answers(page: Page, mark: string): Promise<void> {
  await type(page, `echo ${mark}-$((40 + 2))`);
  await sees(page, new RegExp(`^${mark}-42$`, "m"));
}

test("a browser out there is let in by a link of its own, types, and is out once it is revoked", async ({
  page,
}) => {
  const shell = ["env", "PS1=inner> ", "bash", "--norc", "--noprofile"];
  homie("new", "--name", "notes", "--detach", "--", ...shell);

  // Nobody knows it, and the page says what to do.
  await page.goto(ORIGIN);
  await expect(page.getByText("homie pair --public")).toBeVisible();

  const { link } = JSON.parse(homie("pair", "--public", "--json")) as { link: string };
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

  const { devices } = JSON.parse(homie("devices", "--json")) as {
    devices: { id: string; name: string; role: string; kind: string }[];
  };
  const browser = devices.find(({ kind }) => kind === "web");
  expect(browser?.role).toBe("operator");
  homie("devices", "revoke", browser?.id ?? "", "--yes");
  await expect(page.getByRole("heading", { name: "This browser may not come in any more" })).toBeVisible();
});
