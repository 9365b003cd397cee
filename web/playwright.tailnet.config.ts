// The page in a Chromium on one machine of a real tailnet, opened from another. tests/tailnet runs this with a tailnet around it.

import { resolve } from "node:path";
import { defineConfig } from "@playwright/test";
import usual from "./playwright.config.ts";

// It is no program of root's there, so its own sandbox starts.
const args = (usual.use?.launchOptions?.args ?? []).filter((arg) => arg !== "--no-sandbox");

export default defineConfig({
  ...usual,
  testMatch: "*.lab.ts",
  use: {
    ...usual.use,
    launchOptions: {
      ...usual.use?.launchOptions,
      args,
      chromiumSandbox: true,
      executablePath: resolve(import.meta.dirname, "../scripts/lib/tailnet-chromium"),
    },
  },
});
