// The page in a Chromium on one machine of a real tailnet, opened from another. tests/tailnet runs this with a tailnet around it.

import { resolve } from "node:path";
import { defineConfig } from "@playwright/test";
import usual from "./playwright.config.ts";

export default defineConfig({
  ...usual,
  testMatch: "tailnet.lab.ts",
  use: {
    ...usual.use,
    launchOptions: {
      ...usual.use?.launchOptions,
      executablePath: resolve(import.meta.dirname, "../scripts/lib/tailnet-chromium"),
    },
  },
});
