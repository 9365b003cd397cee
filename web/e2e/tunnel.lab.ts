// A browser on one machine opens another's loopback port through `ssh -L`, by a one-use link of that machine.

import { test } from "@playwright/test";
import { homie } from "./lab.ts";
import { connected, sees, type } from "./person.ts";

test("a browser at the end of a tunnel is let in by a link and types into a shell", async ({ page }) => {
  const link = homie("pair", "--here").match(/http:\/\/localhost:4663\/#link=\S+/)?.[0] ?? "";
  await page.goto(link);
  await connected(page);
  await type(page, "echo on-$(hostname)-$((1 + 1))");
  await sees(page, /^on-desk-2$/m);
});
