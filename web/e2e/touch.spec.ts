// What fingers do to a terminal of another's size. Chromium is told of real touches, as a phone's screen would tell it.

import type { CDPSession, Page } from "@playwright/test";
import { expect, test } from "./fixture.ts";
import { connected, grid, letterHeight, open, pane } from "./person.ts";

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** Steps that fingers take on their way. */
const STEPS = 4;

test("two fingers zoom a foreign grid around their middle, and one drags it", async ({
  homie,
  page,
  browser,
}) => {
  await open(homie, page);
  const first = await grid(page);
  const context = await browser.newContext({
    viewport: { width: 390, height: 700 },
    hasTouch: true,
    isMobile: true,
  });
  const phone = await context.newPage();
  await phone.goto(homie.pair());
  await connected(phone);
  await expect.poll(() => grid(phone)).toEqual(first);
  const screen = await context.newCDPSession(phone);
  // Between two panes there is no letter.
  await expect.poll(() => letterHeight(phone)).toBeGreaterThan(0);
  const whole = await letterHeight(phone);

  // From a hand's breadth to two, around a point of the screen: what is there stays there.
  const middle = await middleOf(phone);
  const before = await relative(phone, middle);
  await drag(screen, around(middle, 40), around(middle, 120));
  await expect.poll(() => letterHeight(phone)).toBeGreaterThan(whole * 2);
  const after = await relative(phone, middle);
  expect(Math.abs(after.x - before.x)).toBeLessThan(0.03);

  // One finger takes the grid with it.
  const start = await offset(phone);
  await drag(screen, [middle], [{ x: middle.x - 60, y: middle.y }]);
  const dragged = await offset(phone);
  expect(dragged.x - start.x).toBeGreaterThan(50);
  expect(dragged.x - start.x).toBeLessThan(70);

  // Together again: all of it shows, and nobody's size has changed.
  await drag(screen, around(middle, 140), around(middle, 20));
  await expect.poll(() => letterHeight(phone)).toBeLessThan(whole * 1.1);
  expect([await grid(page), await grid(phone)]).toEqual([first, first]);
  await context.close();
});

/** Two fingers beside a point. */
function around({ x, y }: Point, distance: number): Point[] {
  return [
    { x: x - distance, y },
    { x: x + distance, y },
  ];
}

async function drag(screen: CDPSession, from: readonly Point[], to: readonly Point[]): Promise<void> {
  const at = (step: number) =>
    from.map(({ x, y }, id) => ({
      x: x + (((to[id]?.x ?? x) - x) * step) / STEPS,
      y: y + (((to[id]?.y ?? y) - y) * step) / STEPS,
      id,
    }));
  await screen.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: at(0) });
  for (let step = 1; step <= STEPS; step += 1) {
    await screen.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: at(step) });
  }
  await screen.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
}

async function middleOf(page: Page): Promise<Point> {
  const { x, y, width, height } = await screenOf(page);
  return { x: x + width / 2, y: y + height / 2 };
}

/** Where a point lies in the grid, as a part of its size. */
async function relative(page: Page, { x, y }: Point): Promise<Point> {
  const box = await screenOf(page);
  return { x: (x - box.x) / box.width, y: (y - box.y) / box.height };
}

/** The screen of the pane that shows; there is none in the moment in which another takes its place. */
async function screenOf(page: Page): Promise<Box> {
  let box: Box | null = null;
  await expect
    .poll(async () => {
      box = await pane(page).locator(".xterm-screen").boundingBox();
      return box;
    })
    .not.toBeNull();
  return box ?? { x: 0, y: 0, width: 1, height: 1 };
}

async function offset(page: Page): Promise<Point> {
  return page.locator(".homie-panes").evaluate(({ scrollLeft: x, scrollTop: y }) => ({ x, y }));
}
