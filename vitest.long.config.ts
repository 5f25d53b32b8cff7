import { defineConfig } from "vitest/config";
import { WASM_WRAPPER_FLAG } from "./src/cli/keep-wasm-wrappers.ts";

/** `npm run test:long`: what takes minutes and says little new each time. */
export default defineConfig({
  test: {
    include: ["test/**/*.long.ts"],
    testTimeout: 600_000,
    hookTimeout: 60_000,
    // As in vitest.config.ts.
    execArgv: [WASM_WRAPPER_FLAG],
    maxWorkers: 1,
  },
});
