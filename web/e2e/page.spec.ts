// The page from a person's side: a link, a shell, a reload, and whatever breaks underneath.

import { expect, test } from "./fixture.ts";
import { connected, newPage, sees, type } from "./person.ts";

test("the page opens by its link, and `echo hi` comes back", async ({ homie, page }) => {
  const { link } = await homie.up();
  await page.goto(link);
  await connected(page);
  expect(new URL(page.url()).hash).toBe("");
  await type(page, "echo h''i");
  await sees(page, /^hi$/m);
});

test("a reload and a restart need no new link, and the shell lives", async ({ homie, page }) => {
  const { link, up, port } = await homie.up();
  await page.goto(link);
  await connected(page);
  await type(page, "MARK=kept; echo started-$MARK");
  await sees(page, /^started-kept$/m);

  await page.reload();
  await connected(page);
  await type(page, "echo reloaded-$MARK");
  await sees(page, /^reloaded-kept$/m);

  const before = homie.shells();
  await up.kill("SIGKILL");
  await expect(page.getByRole("status", { name: "link: reconnecting" })).toBeVisible();
  await homie.up(port);
  await connected(page);
  await type(page, "echo restarted-$MARK");
  await sees(page, /^restarted-kept$/m);
  expect(homie.shells()).toEqual(before);
});

test("the node alone is killed and started again, and the page goes on", async ({ homie, page }) => {
  const gateway = homie.start("gateway", "--port", "0");
  const node = homie.start("node");
  await gateway.line(/127\.0\.0\.1:\d+/);
  await node.line(/node is up/);
  await page.goto(homie.pair());
  await connected(page);
  await type(page, "MARK=kept; echo started-$MARK");
  await sees(page, /^started-kept$/m);

  await node.kill("SIGKILL");
  await expect(page.getByRole("status", { name: "link: reconnecting" })).toBeVisible();
  homie.start("node");
  await connected(page);
  await type(page, "echo again-$MARK");
  await sees(page, /^again-kept$/m);
});

test("two browsers look at one session and both type into it", async ({ homie, page, browser }) => {
  const { link } = await homie.up();
  await page.goto(link);
  await connected(page);
  const second = await newPage(browser);
  await second.goto(homie.pair());
  await connected(second);
  await type(page, "MARK=shared; echo one-$MARK");
  await sees(second, /^one-shared$/m);
  await type(second, "echo two-$MARK");
  await sees(page, /^two-shared$/m);
  await second.context().close();
});

test("a shell that ends says so, and another takes its place when asked", async ({ homie, page }) => {
  const { link } = await homie.up();
  await page.goto(link);
  await connected(page);
  await type(page, "exit 3");
  await expect(page.getByRole("status", { name: "ended with code 3" })).toBeVisible();
  await expect(page.getByRole("tab", { name: "exited 3" })).toBeVisible();
  await page.keyboard.type("typed into nothing");
  await page.getByRole("button", { name: "New shell" }).click();
  await expect(page.getByRole("tab", { name: "exited" })).toBeHidden();
  await sees(page, /[$#] $/m);
  await type(page, "echo fre''sh");
  await sees(page, /^fresh$/m);
});

test("a machine that stands still is said to, and what was typed meanwhile arrives", async ({
  homie,
  page,
}) => {
  const { link, up } = await homie.up();
  await page.goto(link);
  await connected(page);
  await sees(page, /[$#] $/m);
  up.child.kill("SIGSTOP");
  await type(page, "echo la''te");
  await expect(page.getByText("Not answering")).toBeVisible();
  up.child.kill("SIGCONT");
  await sees(page, /^late$/m);
  await expect(page.getByText("Not answering")).toBeHidden();
});

test("a browser without a link is told what to do, and a used link does not open another", async ({
  homie,
  page,
  browser,
}) => {
  const { link } = await homie.up();
  await page.goto(new URL("/", link).href);
  await expect(page.getByText("homie pair --here")).toBeVisible();
  await page.goto(link);
  await page.reload();
  await connected(page);
  const stranger = await newPage(browser);
  await stranger.goto(link);
  await expect(stranger.getByText("used already")).toBeVisible();
  await stranger.context().close();
});

test("the device's key cannot be read by a script, and the page breaks no rule of its policy", async ({
  homie,
  page,
}) => {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  const { link } = await homie.up();
  await page.goto(link);
  await connected(page);
  await sees(page, /[$#] $/m);
  const stolen = await page.evaluate(async () => {
    const opening = indexedDB.open("homie");
    await new Promise((resolve) => {
      opening.onsuccess = resolve;
    });
    const reading = opening.result.transaction("values").objectStore("values").get("device");
    await new Promise((resolve) => {
      reading.onsuccess = resolve;
    });
    const { privateKey } = reading.result as { privateKey: CryptoKey };
    return crypto.subtle.exportKey("pkcs8", privateKey).then(
      () => "the key",
      (error: Error) => error.name,
    );
  });
  expect(stolen).toBe("InvalidAccessError");
  expect(complaints).toEqual([]);
});
