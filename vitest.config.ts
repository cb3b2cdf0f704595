import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["*/src/**/*.test.ts", "*/src/**/*.test.tsx"],
    globalSetup: ["tests/src/servers/global-setup.ts"],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Two cores: real servers and pseudo-terminals share them with the tests.
    maxWorkers: 2,
    reporters: ["default", "./tests/src/servers/closing-line-reporter.ts"],
  },
});
