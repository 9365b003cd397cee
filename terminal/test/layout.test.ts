// Grids and the room for them.

import { describe, expect, it } from "vitest";
import { anchored, boxFor, clampZoom, fitScale, gridFor, isSame, SCROLL_BAR } from "../src/layout.ts";

const CELL = { width: 8, height: 20 };

describe("a grid", () => {
  it("fits into a room beside the scroll bar, and is never nothing", () => {
    expect(gridFor({ width: 800 + SCROLL_BAR, height: 480 }, CELL)).toEqual({ cols: 100, rows: 24 });
    expect(gridFor({ width: 800 + SCROLL_BAR - 1, height: 479 }, CELL)).toEqual({ cols: 99, rows: 23 });
    expect(gridFor({ width: 0, height: 0 }, CELL)).toEqual({ cols: 2, rows: 1 });
  });

  it("that is larger than the room shrinks until it is seen, and one that is smaller is not enlarged", () => {
    const content = boxFor({ cols: 200, rows: 50 }, CELL);
    expect(content).toEqual({ width: 1600 + SCROLL_BAR, height: 1000 });
    expect(fitScale(content, { width: content.width / 2, height: 1000 }, true)).toBe(0.5);
    expect(fitScale(content, { width: content.width, height: 250 }, true)).toBe(0.25);
    expect(fitScale(content, { width: content.width, height: 250 }, false)).toBe(1);
    expect(fitScale(content, { width: 9_000, height: 9_000 }, true)).toBe(1);
    expect(fitScale(content, { width: 1, height: 1 }, true)).toBe(0.2);
  });

  it("is another when one side differs", () => {
    expect(isSame({ cols: 80, rows: 24 }, { cols: 80, rows: 24 })).toBe(true);
    expect(isSame({ cols: 80, rows: 24 }, { cols: 80, rows: 25 })).toBe(false);
    expect(isSame({ cols: 80, rows: 24 }, { cols: 81, rows: 24 })).toBe(false);
  });
});

describe("a zoom", () => {
  it("starts at the fit and ends where a letter fills the screen", () => {
    expect([clampZoom(0.5), clampZoom(2), clampZoom(50)]).toEqual([1, 2, 4]);
  });

  it("keeps under the finger what is under it", () => {
    const scroll = anchored(30, 100, 1.5);
    expect((scroll + 100) / 1.5).toBe(130);
  });
});
