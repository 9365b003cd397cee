// What a person does with a page, and what they see of its terminal.

import { type Browser, expect, type Locator, type Page } from "@playwright/test";
import type { Homie } from "./homie.ts";

/** The pane that shows; another may stand hidden behind it. */
export function pane(page: Page): Locator {
  return page.locator(".homie-pane[data-shown]");
}

export async function connected(page: Page): Promise<void> {
  await expect(page.getByRole("status", { name: "link: connected" })).toBeVisible();
  await expect(pane(page)).toBeVisible();
}

export async function type(page: Page, command: string): Promise<void> {
  await focus(page);
  await page.keyboard.type(command);
  await page.keyboard.press("Enter");
}

export async function focus(page: Page): Promise<void> {
  await pane(page).locator(".xterm-helper-textarea").focus();
}

/** What the terminal shows, row by row. */
export async function rows(page: Page): Promise<string[]> {
  return (await pane(page).locator(".xterm-rows > div").allInnerTexts()).map(trimmed);
}

export async function sees(page: Page, pattern: RegExp): Promise<void> {
  await expect.poll(async () => (await rows(page)).join("\n")).toMatch(pattern);
}

function trimmed(row: string): string {
  return row.replaceAll("\u00a0", " ").replace(/ +$/, " ").replace(/^ $/, "");
}

export async function newPage(browser: Browser): Promise<Page> {
  return (await browser.newContext()).newPage();
}

/** The grid that shows. */
export async function grid(page: Page): Promise<{ cols: number; rows: number }> {
  const text = (await pane(page).getAttribute("data-grid")) ?? "";
  const [cols = 0, rows = 0] = text.split("x").map(Number);
  return { cols, rows };
}

/** Gives a wait for the moment in which another pane takes the place of the one that shows now. */
export async function swapped(page: Page): Promise<() => Promise<void>> {
  await pane(page).evaluate((element) => element.setAttribute("data-old", ""));
  return () => expect(page.locator(".homie-pane[data-shown]:not([data-old])")).toBeVisible();
}

/** Starts a machine and opens its page, with a shell that waits. */
export async function open(homie: Homie, page: Page): Promise<void> {
  const { link } = await homie.up();
  await page.goto(link);
  await connected(page);
  await sees(page, /[$#] $/m);
}

/** Another window, smaller than the first. */
export async function smallPage(homie: Homie, browser: Browser): Promise<Page> {
  const page = await newPage(browser);
  await page.setViewportSize({ width: 720, height: 480 });
  await page.goto(homie.pair());
  await connected(page);
  return page;
}

export async function letterHeight(page: Page): Promise<number> {
  const box = await pane(page).locator(".xterm-rows > div").first().boundingBox();
  return box?.height ?? 0;
}
