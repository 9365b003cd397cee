// The list of machines with one that is away: its place, its words, its sheet, and a way through the list without a mouse.

import { expect, test } from "./fixture.ts";
import { connected, open, sees, type } from "./person.ts";

test("a machine that is away keeps its place, and its sheet says why", async ({ homie, page }) => {
  await open(homie, page);
  homie.addMachine("attic", "https://attic.example.ts.net:4663");
  const attic = page.getByRole("region", { name: "attic", exact: true });
  const head = attic.getByRole("button", { name: "attic away" });
  await expect(head).toBeVisible();
  const machines = page.locator(".panel .group");
  await expect(machines).toHaveCount(2);
  await expect(machines.nth(1)).toHaveAttribute("aria-label", "attic");

  await head.click();
  const sheet = page.getByRole("region", { name: "Machine attic" });
  await expect(sheet.getByText("https://attic.example.ts.net:4663")).toBeVisible();
  await expect(sheet.getByText("away", { exact: true })).toBeVisible();
  await expect(sheet.getByText(/cannot be reached/)).toBeVisible();
  await expect(sheet.getByText("not open")).toBeVisible();
  await expect(sheet.getByRole("button", { name: /New shell/ })).toBeHidden();
  await sheet.getByRole("button", { name: "Close" }).click();

  await machines.nth(0).getByRole("button").first().click();
  await page.getByRole("button", { name: /New shell on/ }).click();
  await expect(page.getByRole("tab")).toHaveCount(2);
  await type(page, "echo he''re");
  await sees(page, /^here$/m);
});

test("arrows go through the list, and Enter opens", async ({ homie, page }) => {
  await open(homie, page);
  await type(page, "echo fir''st");
  await sees(page, /^first$/m);
  await page.getByRole("button", { name: "New shell" }).click();
  await expect(page.getByRole("tab")).toHaveCount(2);
  await expect(page.locator(".session")).toHaveCount(2);
  const search = page.getByRole("searchbox");
  await search.focus();
  await page.keyboard.press("ArrowDown");
  await expect(page.locator(".head")).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(page.locator(".session .open").first()).toBeFocused();
  await page.keyboard.press("Enter");
  await sees(page, /^first$/m);
  await page.locator(".head").focus();
  await page.keyboard.press("ArrowUp");
  await expect(search).toBeFocused();
});

test("a narrow page keeps the list over the terminal until something is chosen", async ({ homie, page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(homie, page);
  const panel = page.getByRole("complementary", { name: "All sessions" });
  await expect(panel).toBeHidden();
  await page.locator(".bar .machine").click();
  await expect(panel).toBeVisible();
  for (const button of await panel.getByRole("button").all()) {
    const box = await button.boundingBox();
    expect(box?.height, await button.innerText()).toBeGreaterThanOrEqual(26);
  }
  await panel.locator(".session .open").first().click();
  await expect(panel).toBeHidden();
  await connected(page);
});
