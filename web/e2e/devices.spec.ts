// The device list: an owner sees who may come in and changes it; whoever is revoked is out at once, and told so.

import { type Browser, expect, type Locator, type Page } from "@playwright/test";
import { test } from "./fixture.ts";
import type { Homie } from "./homie.ts";
import { connected, newPage, sees, type } from "./person.ts";

async function owner(homie: Homie, page: Page): Promise<void> {
  const { link } = await homie.up();
  await page.goto(link);
  await connected(page);
}

/** Another browser, let in as what is said. */
async function paired(browser: Browser, page: Page, name: string, role: string): Promise<Page> {
  await page.getByRole("button", { name: "Add a device" }).click();
  const address = await page.locator(".address").innerText();
  const other = await newPage(browser);
  await other.goto(address);
  await other.getByLabel("What people will call it").fill(name);
  await other.getByRole("button", { name: "Pair" }).click();
  const shown = other.locator("output.digits");
  await expect(shown).toBeVisible();
  await page.getByLabel("The six digits it shows").fill((await shown.innerText()).replace(/\D/g, ""));
  await page.getByLabel("It may").selectOption(role);
  await page.getByRole("button", { name: "Let it in" }).click();
  await page.getByRole("button", { name: "Done" }).click();
  await connected(other);
  return other;
}

async function devices(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: "Devices" }).click();
  const list = page.getByRole("list", { name: "May come in" });
  await expect(list).toBeVisible();
  return list;
}

const row = (list: Locator, name: string) => list.getByRole("listitem").filter({ hasText: name });

test("revoked in one browser, the other is out at once and told so", async ({ page, homie, browser }) => {
  await owner(homie, page);
  const other = await paired(browser, page, "Ada's phone", "operator");
  await type(other, "echo in-$((40 + 2))");
  await sees(other, /^in-42$/m);
  const list = await devices(page);
  await expect(list.getByRole("listitem")).toHaveCount(3);
  await expect(list.getByText("this device")).toHaveCount(1);
  await expect(list.getByText("this machine")).toHaveCount(1);
  const phone = row(list, "Ada's phone");
  await expect(phone).toContainText("operator");
  await expect(phone).toContainText("here now");
  await phone.getByRole("button", { name: "Ada's phone" }).click();
  await phone.getByRole("button", { name: "Revoke…" }).click();
  await phone.getByRole("button", { name: "Keep it" }).click();
  await phone.getByRole("button", { name: "Revoke…" }).click();
  await phone.getByRole("button", { name: "Revoke for ever" }).click();
  await expect(other.getByText("This browser may not come in any more")).toBeVisible();
  await expect(other.getByText("has revoked it")).toBeVisible();
  await expect(page.getByRole("list", { name: "Revoked" })).toContainText("Ada's phone");
  await other.reload();
  await expect(other.getByText("This browser is not known here yet")).toBeVisible();
  await other.context().close();
});

test("a device is renamed and given another role, and only owners see the list", async ({
  page,
  homie,
  browser,
}) => {
  await owner(homie, page);
  const other = await paired(browser, page, "laptop", "viewer");
  await other.getByRole("button", { name: "Devices" }).click();
  await expect(
    other.getByText("Only owners see who may come in, and this browser is a viewer"),
  ).toBeVisible();
  const list = await devices(page);
  const laptop = row(list, "laptop");
  await laptop.getByRole("button", { name: "laptop" }).click();
  await laptop.getByLabel("Name").fill("Ada's laptop");
  await laptop.getByRole("button", { name: "Rename" }).click();
  const renamed = row(list, "Ada's laptop");
  await expect(renamed).toBeVisible();
  await renamed.getByLabel("It may").selectOption("operator");
  await expect(renamed.locator(".role")).toHaveText("operator");
  await other.getByRole("button", { name: "Close" }).click();
  await other.reload();
  await connected(other);
  await type(other, "echo now-$((40 + 2))");
  await sees(other, /^now-42$/m);
  await renamed.getByLabel("It may").selectOption("owner");
  await expect(renamed).toContainText("An owner stays one until it is revoked.");
  const machine = list.getByRole("listitem").filter({ hasText: "this machine" });
  await machine.getByRole("button").first().click();
  await expect(machine.getByText("This machine signs with it.")).toBeVisible();
  await expect(machine.getByRole("button", { name: "Revoke…" })).toBeHidden();
  await other.context().close();
});

test("a thumb on a phone reaches all of it", async ({ page, homie, browser }) => {
  await owner(homie, page);
  const other = await paired(
    browser,
    page,
    "a device whose name is as long as a name may be at all, 64",
    "viewer",
  );
  await page.setViewportSize({ width: 390, height: 844 });
  const list = await devices(page);
  const device = row(list, "a device whose name");
  await device.getByRole("button").first().click();
  await device.getByRole("button", { name: "Revoke…" }).click();
  for (const button of await device.getByRole("button").all()) {
    const box = await button.boundingBox();
    expect(box?.height).toBeGreaterThanOrEqual(44);
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(390);
  }
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await device.getByRole("button", { name: "Revoke for ever" }).click();
  await expect(other.getByText("This browser may not come in any more")).toBeVisible();
  await other.context().close();
});
