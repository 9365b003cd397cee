// Two machines in one page: both in its list, the other's sessions opened from here, and what goes on when one is gone.

import { execFileSync } from "node:child_process";
import { expect, type Page, test } from "@playwright/test";
import { connected, focus, sees, type } from "./person.ts";

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

/** Pairs this browser with `gw` over the tailnet, as an operator. */
async function pair(page: Page): Promise<void> {
  const { link } = JSON.parse(homie("gw", "pair", "--json")) as { link: string };
  await page.goto(link);
  await page.getByRole("button", { name: "Pair" }).click();
  const shown = page.locator("output.digits");
  await expect(shown).toBeVisible();
  homie("gw", "approve", (await shown.innerText()).replace(/\D/g, ""), "--role", "operator");
  await connected(page);
  expect(new URL(page.url()).origin).toBe("https://gw.tail.test:4663");
}

/** What the page is called for its own machine alone. */
const LINK = /http:\/\/\S+#link=[a-z2-7]{26}/;

test("through: a page on loopback opens a session of the other machine by its own gateway", async ({
  page,
}) => {
  begin("laptop", "notes");
  await page.goto(LINK.exec(homie("gw", "pair", "--here"))?.[0] ?? "");
  await connected(page);
  await open(page, "laptop", "notes");
  await expect(page.getByRole("status", { name: "link: connected, through gw" })).toBeVisible();
  await answers(page, "one");
  await expect(group(page, "laptop").getByRole("button", { name: "laptop through gw" })).toBeVisible();

  await page.reload();
  await sees(page, /^one-42$/m);
  await answers(page, "two");

  // Found, recorded and played as if it were here.
  const search = page.getByRole("searchbox", { name: "Search all sessions of laptop" });
  await search.fill("two-42");
  await expect(page.getByRole("region", { name: "Found" }).getByText("two-42").first()).toBeVisible();
  await search.fill("");
  await page.getByRole("button", { name: "Record", exact: true }).click();
  await answers(page, "three");
  await page.getByRole("button", { name: "Stop recording" }).click();
  await page.getByRole("region", { name: "Recordings" }).getByRole("button").click();
  await page.getByRole("region", { name: "Recording of notes" }).getByRole("slider").press("End");
  await sees(page, /^three-42$/m);
  await open(page, "laptop", "notes");

  // The list is live, and two machines may call a session the same.
  begin("gw", "notes");
  await open(page, "gw", "notes");
  await expect(page.getByRole("status", { name: "link: connected", exact: true })).toBeVisible();
  await expect(page.getByRole("tab", { name: "notes" })).toHaveCount(1);
  await open(page, "laptop", "notes");

  await group(page, "laptop").getByRole("button", { name: "laptop through gw" }).click();
  const sheet = page.getByRole("region", { name: "Machine laptop" });
  for (const fact of ["there", "through gw", "https://laptop.tail.test:4663"])
    await expect(sheet.getByText(fact, { exact: true })).toBeVisible();
  await expect(sheet.getByText(/^linux /)).toBeVisible();
  await sheet.getByRole("button", { name: "Close" }).click();

  // The page is told that it is gone, keeps its place, and finds it again.
  kill("laptop");
  await expect(
    group(page, "laptop").getByRole("button", { name: "laptop away, seen just now" }),
  ).toBeVisible();
  await expect(group(page, "laptop").getByRole("button", { name: "notes" })).toBeVisible();
  await expect(page.getByRole("status", { name: "link: reconnecting" })).toBeVisible();
  await type(page, "echo kept-$((40 + 2))");
  const again = [
    "--detach",
    "--port",
    "0",
    "--name",
    "laptop",
    "--owner",
    "alice@example.com",
    "--allow-root",
  ];
  homie("laptop", "up", ...again);
  await sees(page, /^kept-42$/m);
  await answers(page, "back");
});

test("direct: a page of the tailnet opens the other machine straight, and goes on without the one it came from", async ({
  page,
}) => {
  begin("laptop", "notes");
  await pair(page);
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

test("around: what is open through a gateway goes on straight when that is killed in the middle of a line", async ({
  page,
}) => {
  // A wall between this browser and the other machine, until it falls.
  let isWalled = true;
  await page.routeWebSocket(/^wss:\/\/laptop\./, (socket) => {
    if (isWalled) void socket.close();
    else socket.connectToServer();
  });
  begin("laptop", "notes");
  await pair(page);
  await open(page, "laptop", "notes");
  await expect(page.getByRole("status", { name: "link: connected, through gw" })).toBeVisible();
  await answers(page, "one");
  isWalled = false;
  await focus(page);
  await page.keyboard.type("echo kept-$((40");
  kill("gw");
  await page.keyboard.type(" + 2))");
  await page.keyboard.press("Enter");
  await sees(page, /^kept-42$/m);
  await expect(page.getByRole("status", { name: "link: connected, direct" })).toBeVisible();
  await answers(page, "two");
});
