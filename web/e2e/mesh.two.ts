// Two machines in one page: both in its list, the other's sessions opened from here, and what goes on when one is gone.

import { expect, type Page, test } from "@playwright/test";
import { connected, focus, sees, type } from "./person.ts";
import { answers, begin, group, homie, kill, linkOf, open } from "./two.ts";

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

test("through: a page on loopback opens a session of the other machine by its own gateway", async ({
  page,
}) => {
  begin("laptop", "notes");
  await page.goto(linkOf("gw"));
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

test("behind: a page opens a machine that dials out to the one it came from, and says where another's page must go", async ({
  browser,
}) => {
  begin("shed", "notes");
  const near = await (await browser.newContext()).newPage();
  await near.goto(linkOf("gw"));
  await connected(near);
  await open(near, "shed", "notes");
  await expect(near.getByRole("status", { name: "link: connected, through gw" })).toBeVisible();
  await answers(near, "one");
  // It dies, comes back, and leaves a connection again.
  kill("shed");
  await type(near, "echo kept-$((40 + 2))");
  homie("shed", "up", "--detach", "--port", "0", "--name", "shed", "--allow-root");
  await sees(near, /^kept-42$/m);

  // Between this page and that machine there would be two.
  const far = await (await browser.newContext()).newPage();
  await far.goto(linkOf("laptop"));
  await connected(far);
  await group(far, "shed").getByRole("button", { name: "notes" }).click();
  await expect(far.getByText("shed is there, behind gw")).toBeVisible();
  await far.getByRole("link", { name: "Open the page of gw" }).click();
  await expect(far).toHaveURL(/^https:\/\/gw\.tail\.test:4663\//);
});
