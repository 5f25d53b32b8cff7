import { defineConfig } from "vitest/config";

/** `npm run test:long`: what takes minutes and says little new each time. */
export default defineConfig({
  test: {
    include: ["test/**/*.long.ts"],
    testTimeout: 600_000,
    hookTimeout: 60_000,
    maxWorkers: 1,
  },
});
