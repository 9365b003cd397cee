// The page in a real Chromium, against real processes on loopback.

import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { defineConfig } from "@playwright/test";

const findChromium = resolve(import.meta.dirname, "../scripts/lib/chromium");

export default defineConfig({
  testDir: "e2e",
  // Two cores: one browser at a time keeps the waits honest.
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: "list",
  outputDir: "../test-results",
  use: {
    viewport: { width: 1280, height: 800 },
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: execFileSync(findChromium, { encoding: "utf8" }).trim(),
      args: [
        // Chromium's own sandbox does not start as root, which is what containers and CI often are.
        ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
