// Recordings from a person's side: listed, played, taken away as a file, removed.

import { readFileSync } from "node:fs";
import { expect, test } from "./fixture.ts";
import { focus, open, pane, sees, type } from "./person.ts";

test("a recording is listed, plays, is saved as a file and goes when it is deleted", async ({
  homie,
  page,
}) => {
  await open(homie, page);
  const list = page.getByRole("region", { name: "Recordings" });
  await expect(list).toBeHidden();
  await page.getByRole("button", { name: "Record", exact: true }).click();
  await expect(list.getByText("goes on")).toBeVisible();
  await type(page, "printf '\\033[1;32mgreen\\033[0m %s\\n' re''corded");
  await sees(page, /^green recorded$/m);
  // Long enough to be seen playing by whoever is slow.
  await type(page, "sleep 3; echo en''ough");
  await sees(page, /^enough$/m);
  await page.getByRole("button", { name: "Stop recording" }).click();
  await expect(list.getByText(/\d\d:\d\d · 0:\d\d · \d+ kB/)).toBeVisible();

  await list.getByRole("button").click();
  const player = page.getByRole("region", { name: "Recording of bash" });
  const place = player.getByRole("slider");
  // It plays by itself, as slowly as was typed; whoever cannot wait looks at its end.
  await expect(player.getByRole("button", { name: "Pause" })).toBeVisible();
  await place.press("End");
  await sees(page, /^green recorded$/m);
  await expect(player.getByRole("button", { name: "Play" })).toBeVisible();
  // What is typed there is for nobody, and the terminal is not the session's.
  await focus(page);
  await page.keyboard.type("echo lost");
  await place.press("Home");
  await expect(pane(page)).not.toContainText("green recorded");
  await player.getByRole("button", { name: "Play" }).click();
  await expect(player.getByRole("button", { name: "Pause" })).toBeVisible();
  await place.press("End");
  await sees(page, /^green recorded$/m);

  const saving = page.waitForEvent("download");
  await player.getByRole("link", { name: "Download" }).click();
  const saved = await saving;
  expect(saved.suggestedFilename()).toBe("bash.cast");
  expect(readFileSync(await saved.path(), "utf8")).toMatch(/^\{"version": ?2,[^\n]*\n\[/);

  await player.getByRole("button", { name: "Delete" }).click();
  await player.getByRole("button", { name: "Really delete?" }).click();
  await expect(list).toBeHidden();
  await sees(page, /^green recorded$/m);
  await expect(pane(page)).not.toContainText("echo lost");
});
