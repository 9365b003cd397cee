// The page on two machines in a network of their own. homie/tests/command/page.rs runs this with the machines around it.

import { defineConfig } from "@playwright/test";
import usual from "./playwright.config.ts";

// Both machines are addresses of this one, and an authority of the test has signed what they show.
const names = "--host-resolver-rules=MAP gw.tail.test 100.64.0.1, MAP laptop.tail.test 100.64.0.2";

export default defineConfig({
  ...usual,
  testMatch: "mesh.two.ts",
  use: {
    ...usual.use,
    ignoreHTTPSErrors: true,
    launchOptions: {
      ...usual.use?.launchOptions,
      args: [...(usual.use?.launchOptions?.args ?? []), names],
    },
  },
});
