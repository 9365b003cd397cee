// The terminal from a person's side: floods, history, sizes of several viewers, programs that paint the whole screen.

import type { Page } from "@playwright/test";
import { expect, test } from "./fixture.ts";
import {
  connected,
  focus,
  grid,
  letterHeight,
  newPage,
  open,
  pane,
  rows,
  sees,
  smallPage,
  swapped,
  type,
} from "./person.ts";

test("a flood does not take the page away, and ^C stops it", async ({ homie, page }) => {
  await open(homie, page);
  await type(page, "yes flooded");
  await sees(page, /^flooded$/m);
  const search = page.getByRole("searchbox");
  await search.fill("typed in a flood");
  await expect(search).toHaveValue("typed in a flood");
  await search.fill("");
  await focus(page);
  await page.keyboard.press("Control+c");
  await sees(page, /\^C[\s\S]*[$#] $/);
  await type(page, "echo af''ter");
  await sees(page, /^after$/m);
});

test("a flood that was numbered ends with its last line, and the lines above are its", async ({
  homie,
  page,
}) => {
  await open(homie, page);
  await type(page, "seq 1 300000; echo en''d");
  await sees(page, /^299998\n299999\n300000\nend$/m);
  await scrolledUp(page, 2);
  await sees(page, /^299\d\d\d\n/);
  const numbers = (await rows(page)).map(Number);
  expect(numbers).toEqual(numbers.map((_, at) => (numbers[0] ?? 0) + at));
});

test("what scrolled away before the page came is there when one scrolls up", async ({ homie, page }) => {
  await open(homie, page);
  await type(page, "seq 1 3000");
  await sees(page, /^3000$/m);
  await page.reload();
  await connected(page);
  await sees(page, /^3000$/m);
  await expect.poll(() => scrolledUp(page)).toMatch(/seq 1 3000\n1\n2\n3\n/);
  await type(page, "echo bo''ttom");
  await sees(page, /^bottom$/m);
});

test("a selection, the focus and what is typed survive the change to a pane with history", async ({
  homie,
  page,
}) => {
  await open(homie, page);
  await type(page, "seq 1 200; echo selec''table");
  await sees(page, /^selectable$/m);
  await page.reload();
  await connected(page);
  await sees(page, /^selectable$/m);
  const swap = await swapped(page);
  await focus(page);
  const word = await pane(page).getByText("selectable", { exact: true }).boundingBox();
  await page.mouse.dblclick((word?.x ?? 0) + 20, (word?.y ?? 0) + 8);
  await swap();
  await expect(pane(page).locator(".xterm-selection > div")).not.toHaveCount(0);
  await page.keyboard.type("echo fo''cused");
  await page.keyboard.press("Enter");
  await sees(page, /^focused$/m);
});

test("the window's size is the terminal's, and what shows is painted for it", async ({ homie, page }) => {
  await open(homie, page);
  const before = await grid(page);
  await type(page, "stty size");
  await sees(page, new RegExp(`^${before.rows} ${before.cols}$`, "m"));
  await page.setViewportSize({ width: 800, height: 600 });
  await expect.poll(async () => (await grid(page)).cols).toBeLessThan(before.cols);
  const after = await grid(page);
  await type(page, "clear; stty size");
  await sees(page, new RegExp(`^${after.rows} ${after.cols}$`, "m"));
});

test("a second viewer sees the first one's grid, whole, and takes the size when asked to", async ({
  homie,
  page,
  browser,
}) => {
  await open(homie, page);
  const first = await grid(page);
  const second = await smallPage(homie, browser);
  await expect.poll(() => grid(second)).toEqual(first);
  const banner = second.getByRole("status", { name: `${first.cols} by ${first.rows}` });
  await expect(banner).toBeVisible();
  await expectWhole(second);

  await type(second, "stty size");
  await second.setViewportSize({ width: 640, height: 420 });
  await sees(page, new RegExp(`^${first.rows} ${first.cols}$`, "m"));
  await expectWhole(second);

  await second.getByRole("button", { name: "Take over the size" }).click();
  await expect(banner).toBeHidden();
  await expect.poll(async () => (await grid(page)).cols).toBeLessThan(first.cols);
  const taken = await grid(second);
  expect(await grid(page)).toEqual(taken);
  await type(second, "clear; stty size");
  await sees(page, new RegExp(`^${taken.rows} ${taken.cols}$`, "m"));
  await expect(page.getByRole("button", { name: "Take over the size" })).toBeVisible();
  await second.context().close();
});

test("a foreign grid is zoomed with Ctrl and the wheel, and dragged", async ({ homie, page, browser }) => {
  await open(homie, page);
  const first = await grid(page);
  const second = await smallPage(homie, browser);
  await expect.poll(() => grid(second)).toEqual(first);
  const before = await letterHeight(second);
  const panes = second.locator(".homie-panes");
  await panes.hover();
  await second.keyboard.down("Control");
  await second.mouse.wheel(0, -600);
  await expect.poll(() => letterHeight(second)).toBeGreaterThan(before * 1.5);
  const offset = () => panes.evaluate(({ scrollLeft, scrollTop }) => scrollLeft + scrollTop);
  const start = await offset();
  await second.mouse.down();
  await second.mouse.move(300, 250);
  await second.mouse.up();
  await second.keyboard.up("Control");
  expect(await offset()).not.toBe(start);
  expect(await grid(page)).toEqual(first);
  await second.context().close();
});

test("a program that paints the whole screen is painted the same for one who comes late", async ({
  homie,
  page,
  browser,
}) => {
  await open(homie, page);
  await type(page, "printf '\\033[1;31mred\\033[0m %s\\n' $(seq 1 400) | less -R");
  await sees(page, /^red 20$/m);
  await page.keyboard.press("Space");
  await sees(page, /^red 60$/m);
  const late = await newPage(browser);
  await late.setViewportSize(page.viewportSize() ?? { width: 0, height: 0 });
  await late.goto(homie.pair());
  await connected(late);
  await expect.poll(() => painted(late)).toEqual(await painted(page));
  await page.keyboard.press("q");
  await sees(late, /[$#] $/m);
  await late.context().close();
});

test("a node that is killed in the middle of output is resumed without a missing line", async ({
  homie,
  page,
}) => {
  const gateway = homie.start("gateway", "--port", "0");
  const node = homie.start("node");
  await gateway.line(/127\.0\.0\.1:\d+/);
  await node.line(/node is up/);
  await page.goto(homie.pair());
  await connected(page);
  await type(page, "for i in $(seq 1 150); do echo line-$i; sleep 0.02; done; echo al''l");
  await sees(page, /^line-20$/m);
  await node.kill("SIGKILL");
  await expect(page.getByRole("status", { name: "link: reconnecting" })).toBeVisible();
  homie.start("node");
  await sees(page, /^line-150\nall$/m);
  const expected = Array.from({ length: 150 }, (_, at) => `line-${at + 1}`);
  const seen = new Set<string>();
  // What is read may be a moment older than the last turn, so the pages are turned to and fro until each was read.
  let turn = "Shift+PageUp";
  await focus(page);
  await expect
    .poll(async () => {
      const shown = await rows(page);
      for (const row of shown) seen.add(row);
      if (shown.includes("line-1")) turn = "Shift+PageDown";
      if (shown.includes("all")) turn = "Shift+PageUp";
      await page.keyboard.press(turn);
      return expected.filter((line) => !seen.has(line));
    })
    .toEqual([]);
});

test("everyone who looks is told that a session is recorded, and when it no longer is", async ({
  homie,
  page,
  browser,
}) => {
  await open(homie, page);
  const second = await smallPage(homie, browser);
  const mark = (viewer: Page) => viewer.getByRole("status", { name: "This session is being recorded" });
  await expect(mark(page)).toBeHidden();
  await page.getByRole("button", { name: "Record", exact: true }).click();
  await expect(mark(page)).toBeVisible();
  await expect(mark(second)).toBeVisible();
  await page.getByRole("button", { name: "Stop recording" }).click();
  await expect(mark(page)).toBeHidden();
  await expect(mark(second)).toBeHidden();
  await second.context().close();
});

test("a text is put into the clipboard when the person agrees, and not before", async ({
  homie,
  page,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(homie, page);
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await page.evaluate(() => navigator.clipboard.writeText("before"));
  await type(page, "printf '\\033]52;c;Y29waWVk\\007'");
  const question = page.getByRole("alert").filter({ hasText: "copied" });
  await expect(question).toBeVisible();
  expect(await clipboard()).toBe("before");
  await question.getByRole("button", { name: "Copy" }).click();
  await expect(question).toBeHidden();
  expect(await clipboard()).toBe("copied");
});

test("a search finds a line of another session, and a session that is over runs again", async ({
  homie,
  page,
}) => {
  await open(homie, page);
  await type(page, "echo need''le; seq 1 500; exit 7");
  await expect(page.getByRole("tab", { name: "exited 7" })).toBeVisible();
  await page.getByRole("button", { name: "New shell" }).click();
  await expect(page.getByRole("tab", { name: "exited 7" })).toBeHidden();
  await page.getByRole("searchbox").fill("needle");
  await page
    .getByRole("region", { name: "Found" })
    .getByRole("button", { name: /^bash\s*needle$/ })
    .click();
  await page.getByRole("searchbox").fill("");
  await expect(page.getByRole("tab", { name: "exited 7" })).toBeVisible();
  await page.locator(".overlay").getByRole("button", { name: "Run again" }).click();
  await expect(page.getByRole("tab", { name: "exited 7" })).toBeHidden();
  await sees(page, /[$#] $/m);
  await type(page, "echo ag''ain");
  await sees(page, /^again$/m);
});

test("a phone that opens its keyboard or is turned changes nobody's size", async ({ homie, browser }) => {
  const { link } = await homie.up();
  const upright = { width: 390, height: 800 };
  const context = await browser.newContext({ viewport: upright, isMobile: true, hasTouch: true });
  const phone = await context.newPage();
  await phone.goto(link);
  await connected(phone);
  await sees(phone, /[$#] $/m);
  const { cols, rows: lines } = await grid(phone);
  await phone.setViewportSize({ width: 390, height: 420 });
  await type(phone, "stty size");
  await sees(phone, new RegExp(`^${lines} ${cols}$`, "m"));
  await expect(phone.getByRole("button", { name: "Fit to this screen" })).toBeHidden();
  await phone.setViewportSize({ width: 800, height: 390 });
  await phone.getByRole("button", { name: "Fit to this screen" }).click();
  await expect.poll(async () => (await grid(phone)).cols).toBeGreaterThan(cols);
  await context.close();
});

/** Turns the wheel and then pages up, and gives what shows then. */
async function scrolledUp(page: Page, pages = 20): Promise<string> {
  await pane(page).hover();
  await page.mouse.wheel(0, -120);
  return pageUp(page, pages);
}

async function pageUp(page: Page, pages: number): Promise<string> {
  await focus(page);
  for (let turned = 0; turned < pages; turned += 1) await page.keyboard.press("Shift+PageUp");
  return (await rows(page)).join("\n");
}

/** All of the grid is inside of what shows. */
async function expectWhole(page: Page): Promise<void> {
  await expect
    .poll(async () => {
      const room = await page.locator(".terminal-host").boundingBox();
      const screen = await pane(page).locator(".xterm-screen").boundingBox();
      return room !== null && screen !== null && screen.width <= room.width && screen.height <= room.height;
    })
    .toBe(true);
}

/** The rows as they are painted, colours and all, but for the cursor, which shows who has the focus. */
async function painted(page: Page): Promise<string> {
  const html = await pane(page).locator(".xterm-rows").innerHTML();
  return html.replaceAll(/ ?xterm-cursor[a-z-]*/g, "").replaceAll(' class=""', "");
}
