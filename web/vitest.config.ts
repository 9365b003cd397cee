// Unit tests of the page's logic; what needs a browser is in e2e/ and runs in a real one.

import { defineConfig } from "vitest/config";

export default defineConfig({ test: { include: ["test/**/*.test.ts"] } });
