// A Homie of its own for each test, and everything that runs in it ended behind it.

import { test as base } from "@playwright/test";
import { Homie } from "./homie.ts";

export { expect } from "@playwright/test";

export const test = base.extend<{ homie: Homie }>({
  // biome-ignore lint/correctness/noEmptyPattern: what a fixture needs is read from this pattern.
  homie: async ({}, use) => {
    const homie = new Homie();
    await use(homie);
    await homie.end();
  },
});
