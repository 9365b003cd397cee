// The page on the internet, as a browser out there has it. homie/tests/command/public.rs runs this with the machines around it.

import { defineConfig } from "@playwright/test";
import usual from "./playwright.config.ts";

export default defineConfig({
  ...usual,
  testMatch: "public.two.ts",
  use: {
    ...usual.use,
    // An authority of the test has signed what is shown.
    ignoreHTTPSErrors: true,
    launchOptions: {
      ...usual.use?.launchOptions,
      args: [
        ...(usual.use?.launchOptions?.args ?? []),
        "--host-resolver-rules=MAP home.example.org 10.9.0.2",
      ],
    },
  },
});
