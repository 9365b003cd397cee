// One file for plain Node: our packages are TypeScript source, which Node 20 does not run.

import { defineConfig } from "vite";

export default defineConfig({
  build: { ssr: "src/main.ts", target: "node20" },
  ssr: { noExternal: true },
});
