import { defineConfig } from "vitest/config";

/** `npm run test:long`: what takes minutes and says little new each time. */
export default defineConfig({
  test: {
    include: ["test/**/*.long.ts"],
    testTimeout: 600_000,
    hookTimeout: 60_000,
    // See src/cli/keep-wasm-wrappers.ts; here no main thread holds on to what the threads share.
    execArgv: ["--wasm-wrapper-tiering-budget=2147483647"],
    maxWorkers: 1,
  },
});
