// Other pages and names that somebody else has chosen, in a browser that is let in: nothing of the page may serve them.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { BrowserContext, Page } from "@playwright/test";
import { expect, test } from "./fixture.ts";
import { connected, newPage, open, type } from "./person.ts";

/** Somebody else's page, on another port of this machine. */
async function foreignPage(context: BrowserContext, body: string): Promise<{ page: Page; end: () => void }> {
  const server = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(body));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return { page, end: () => server.close() };
}

test("no other page frames it, or keeps a hold of its window", async ({ page, homie, context }) => {
  await open(homie, page);
  const address = new URL("/", page.url()).href;
  const sockets: string[] = [];
  const frames = `<iframe src="${address}"></iframe><button onclick="it = window.open('${address}')">open</button>`;
  const { page: foreign, end } = await foreignPage(context, frames);
  foreign.on("websocket", (socket) => sockets.push(socket.url()));
  await expect.poll(() => foreign.frames()[1]?.url()).toMatch(/^chrome-error:/);
  const [popup] = await Promise.all([context.waitForEvent("page"), foreign.click("button")]);
  await expect(popup.getByText("Not from here.")).toBeVisible();
  expect(await popup.evaluate(() => window.opener)).toBeNull();
  await foreign.waitForFunction("it.closed");
  expect(sockets).toEqual([]);
  end();
});

test("no worker comes between the page and its machine", async ({ page, homie }) => {
  await open(homie, page);
  const { asked, forbidden } = await page.evaluate(async () => {
    const forbidden: string[] = [];
    document.addEventListener("securitypolicyviolation", (event) => forbidden.push(event.effectiveDirective));
    const scripts = [...document.querySelectorAll<HTMLScriptElement>("script[src]")].map(({ src }) => src);
    const asked = [...scripts, "/", "/.well-known/homie", "/sw.js"];
    const register = (path: string) => navigator.serviceWorker.register(path, { type: "module" });
    await Promise.allSettled(asked.map(register));
    // The event comes in its own turn.
    await new Promise((passed) => setTimeout(passed, 200));
    return { asked, forbidden };
  });
  expect(asked.length).toBeGreaterThan(3);
  expect(forbidden).toEqual(asked.map(() => "worker-src"));
  expect(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length)).toBe(0);
});

test("names and titles that are scripts stand there as text", async ({ page, homie, browser }) => {
  const script = "<img src=x onerror=pwned=1><script>pwned=1</script>";
  const complaints: string[] = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await open(homie, page);
  await type(page, `printf '\\033]0;${script}\\007'; printf '\\033]9;${script}\\007'; cat`);
  await expect(page.getByText(script).first()).toBeVisible();
  homie.run("rename", "bash", script);
  await expect(page.locator(".session .name").getByText(script)).toBeVisible();

  await page.getByRole("button", { name: "Add a device" }).click();
  const other = await newPage(browser);
  await other.goto(await page.locator(".address").innerText());
  await other.getByLabel("What people will call it").fill(script);
  await other.getByRole("button", { name: "Pair" }).click();
  await expect(page.getByRole("status").filter({ hasText: script })).toBeVisible();
  await page.getByRole("button", { name: "Refuse" }).click();
  await page.getByRole("button", { name: "Close" }).click();
  homie.addMachine(script, "https://laptop.example.ts.net:4663");
  await page.reload();
  await connected(page);
  await expect(page.locator(".head .name").getByText(script)).toBeVisible();
  expect(await page.evaluate(() => "pwned" in window || document.querySelector("[onerror]") !== null)).toBe(
    false,
  );
  expect(complaints).toEqual([]);
  await other.context().close();
});

test("the page keeps no token that could be shown once more", async ({ page, homie, context }) => {
  await open(homie, page);
  expect(await context.storageState()).toEqual({ cookies: [], origins: [] });
  const kept = await page.evaluate(() => ({ ...sessionStorage }));
  expect(Object.keys(kept)).toEqual(["homie.session"]);
  // Which session was looked at, and where: names that open nothing.
  const { machine, session } = JSON.parse(Object.values(kept).join()) as Record<string, string>;
  expect(machine).toMatch(/^[a-z2-7]{26}$/);
  expect(homie.sessions()).toEqual([session]);
  expect(Object.values(kept)).toEqual([JSON.stringify({ machine, session })]);
});
