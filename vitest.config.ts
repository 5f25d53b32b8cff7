import { defineConfig } from "vitest/config";
import { WASM_WRAPPER_FLAG } from "./src/cli/keep-wasm-wrappers.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What is waited for comes within milliseconds, on a machine that is not busy with other things.
    expect: { poll: { timeout: 15_000 } },
    // See src/cli/keep-wasm-wrappers.ts; here the main thread does not hold on to what the others share.
    execArgv: [WASM_WRAPPER_FLAG],
    // Two cores: more workers than that only make engine and database tests wait for each other.
    maxWorkers: 2,
  },
});
