// Where the page may go: to its own machine and those of the roster. Chromium itself says what it would not do.

import type { Page } from "@playwright/test";
import { expect, test } from "./fixture.ts";
import { connected } from "./person.ts";

/** Tries to reach an address in both ways, and tells which the policy forbade. Nobody needs to answer there. */
async function forbidden(page: Page, authority: string): Promise<string[]> {
  return page.evaluate(async (there) => {
    const seen: string[] = [];
    const note = ({ blockedURI }: SecurityPolicyViolationEvent) => seen.push(new URL(blockedURI).protocol);
    document.addEventListener("securitypolicyviolation", note);
    await fetch(`https://${there}/`).catch(() => {});
    await new Promise((ended) => {
      const socket = new WebSocket(`wss://${there}/ws`);
      socket.onerror = ended;
      socket.onopen = ended;
    }).catch(() => {});
    // The event comes in its own turn.
    await new Promise((passed) => setTimeout(passed, 200));
    document.removeEventListener("securitypolicyviolation", note);
    return seen.sort();
  }, authority);
}

test("the page may go to machines of the roster, and to no other", async ({ page, homie }) => {
  const { link } = await homie.up();
  await page.goto(link);
  await connected(page);
  expect(await forbidden(page, "laptop.example.ts.net:4663")).toEqual(["https:", "wss:"]);
  homie.addMachine("laptop", "https://laptop.example.ts.net:4663");
  await page.reload();
  await connected(page);
  expect(await forbidden(page, "laptop.example.ts.net:4663")).toEqual([]);
  for (const other of [
    "laptop.example.ts.net:4664",
    "evil.example",
    "laptop.example.ts.net.evil.example:4663",
  ]) {
    expect(await forbidden(page, other)).toEqual(["https:", "wss:"]);
  }
});
