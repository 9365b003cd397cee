// A browser on one machine pairs with another and types into a shell there, while that machine's person types the digits.

import { expect, test } from "@playwright/test";
import { homie } from "./lab.ts";
import { connected, sees, type } from "./person.ts";

test("a browser elsewhere is let in by its digits and types into a shell", async ({ page }) => {
  const { link } = JSON.parse(homie("pair", "--json")) as { link: string };
  const pages: string[] = [];
  page.on("console", (message) => message.type() === "error" && pages.push(message.text()));
  await page.goto(link);
  await page.getByLabel("What people will call it").fill("Ada's laptop");
  await page.getByRole("button", { name: "Pair" }).click();
  const shown = page.locator("output.digits");
  await expect(shown).toBeVisible();
  const said = homie("approve", (await shown.innerText()).replace(/\D/g, ""), "--role", "operator");
  expect(said).toContain("Ada's laptop is in, as operator.");

  await connected(page);
  await type(page, "echo on-$(hostname)-$((1 + 1))");
  await sees(page, /^on-desk-2$/m);
  await page.reload();
  await connected(page);
  await sees(page, /^on-desk-2$/m);
  expect(JSON.parse(homie("devices", "--json"))).toMatchObject({
    devices: expect.arrayContaining([
      expect.objectContaining({ name: "Ada's laptop", role: "operator", kind: "web", revoked: false }),
    ]),
  });
  expect(pages).toEqual([]);
});
