// Two browsers pair with each other: an owner's shows the code and takes the digits, the other shows them.

import { type Browser, expect, type Page, test } from "@playwright/test";
import { Homie } from "./homie.ts";
import { connected, newPage, sees, type } from "./person.ts";

let homie: Homie;

test.beforeEach(() => {
  homie = new Homie();
});

test.afterEach(() => homie.end());

async function owner(page: Page): Promise<void> {
  const { link } = await homie.up();
  await page.goto(link);
  await connected(page);
}

async function addDevice(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Add a device" }).click();
  await expect(page.getByRole("img", { name: "QR code" })).toBeVisible();
  return page.locator(".address").innerText();
}

/** A browser that has opened the address, on a phone if wanted. */
async function newcomer(browser: Browser, address: string): Promise<Page> {
  const page = await newPage(browser);
  await page.goto(address);
  return page;
}

async function digitsOf(page: Page): Promise<string> {
  const shown = page.locator("output.digits");
  await expect(shown).toBeVisible();
  return (await shown.innerText()).replace(/\D/g, "");
}

test("a browser is let in by the digits it shows, as what the owner said", async ({ page, browser }) => {
  await owner(page);
  const address = await addDevice(page);
  const other = await newcomer(browser, address);
  expect(new URL(other.url()).hash).toBe("");
  await expect(other.getByText(`Pair this browser with ${new URL(address).host}?`)).toBeVisible();
  await other.getByLabel("What people will call it").fill("Ada's phone");
  await other.getByRole("button", { name: "Pair" }).click();
  const digits = await digitsOf(other);

  await expect(page.getByRole("status").filter({ hasText: "Ada's phone" })).toBeVisible();
  await expect(page.getByRole("img", { name: "QR code" })).toBeHidden();
  await expect(page.getByText(address)).toBeHidden();
  await page.getByLabel("The six digits it shows").fill(digits);
  await page.getByLabel("It may").selectOption("operator");
  await page.getByRole("button", { name: "Let it in" }).click();
  await expect(page.getByText("Ada's phone is in.")).toBeVisible();

  await connected(other);
  await page.getByRole("button", { name: "Done" }).click();
  await type(page, "MARK=paired; echo one-$MARK");
  await sees(other, /^one-paired$/m);
  await type(other, "echo two-$MARK");
  await sees(page, /^two-paired$/m);
  await expect(other.getByRole("button", { name: "Add a device" })).toBeHidden();
  await other.reload();
  await connected(other);
  await other.context().close();
});

test("a code is typed where there is no camera", async ({ page, browser }) => {
  await owner(page);
  await addDevice(page);
  await page.getByRole("button", { name: "It has no camera" }).click();
  const code = await digitsOf(page);
  const other = await newcomer(browser, new URL("/", page.url()).href);
  await other.getByRole("button", { name: "I have a code" }).click();
  await other.getByLabel("The code from the machine").fill(code);
  await other.getByRole("button", { name: "Pair" }).click();
  const digits = await digitsOf(other);
  await page.getByLabel("The six digits it shows").fill(digits);
  await page.getByRole("button", { name: "Let it in" }).click();
  await connected(other);
  await other.context().close();
});

test("who is refused, or comes second, is told so in words", async ({ page, browser }) => {
  await owner(page);
  const address = await addDevice(page);
  const [first, second] = [await newcomer(browser, address), await newcomer(browser, address)];
  await first.getByRole("button", { name: "Pair" }).click();
  await digitsOf(first);
  await second.getByRole("button", { name: "Pair" }).click();
  await expect(second.getByRole("alert")).toContainText("used already");
  await expect(page.getByText("Somebody else has tried this code too")).toBeVisible();
  await page.getByRole("button", { name: "Refuse" }).click();
  await expect(first.getByRole("alert")).toContainText("refused");
  await first.getByRole("button", { name: "Go on" }).click();
  await expect(first.getByText("This browser is not known here yet")).toBeVisible();
  await page.getByRole("button", { name: "Make a new code" }).click();
  await expect(page.getByRole("img", { name: "QR code" })).toBeVisible();
  for (const context of [first, second]) await context.context().close();
});

test("nothing is asked of any machine before a person has agreed", async ({ page, browser }) => {
  await owner(page);
  const address = await addDevice(page);
  const other = await newPage(browser);
  const sockets: string[] = [];
  const requests: string[] = [];
  other.on("websocket", (socket) => sockets.push(socket.url()));
  other.on("request", (request) => requests.push(new URL(request.url()).origin));
  const hostile = [
    "#gateway=wss://evil.example/ws",
    "?gateway=wss://evil.example/ws",
    "#homie://pair?v=1&url=https%3A%2F%2Fevil.example",
  ];
  for (const extra of hostile) await other.goto(new URL(`/${extra}`, address).href);
  sockets.length = 0;
  await other.goto("about:blank");
  await other.goto(address);
  await expect(other.getByRole("button", { name: "Pair" })).toBeVisible();
  expect(sockets).toEqual([]);
  expect([...new Set(requests)]).toEqual([new URL(address).origin]);
  await other.context().close();
});
