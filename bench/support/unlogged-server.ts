/**
 * The gateway, wired as `npm start` wires it, with its log or (BENCH_LOG=off) with a recorder that throws rows away:
 * the difference between the two is what logging costs.
 */
import { join } from "node:path";
import { createLogger } from "../../src/cli/create-logger.ts";
import { keepWasmWrappers } from "../../src/cli/keep-wasm-wrappers.ts";
import { wireGateway } from "../../src/cli/wire-gateway.ts";
import { loadConfig } from "../../src/config/config-file.ts";
import { readEnvironment } from "../../src/config/environment.ts";
import { listen } from "../../src/gateway/listen.ts";
import { openStore, type Store } from "../../src/store/open-store.ts";

keepWasmWrappers();
const environment = readEnvironment();
const logger = createLogger(environment);
const store = await openStore({ url: environment.databaseUrl, spoolDir: join(environment.dataDir, "spool") });
const recorder: Store["recorder"] = {
  ...store.recorder,
  promise: () => 0,
  recordInference: () => undefined,
  recordShadow: () => undefined,
};
const served = process.env.BENCH_LOG === "off" ? { ...store, recorder } : store;
const config = loadConfig(environment.configPath);
const { gateway } = await wireGateway({ environment, config, store: served, logger });
const server = await listen({ ...environment, app: gateway.app });
console.log(`gateway on ${server.url}`);
process.on("SIGTERM", async () => {
  await server.close({ deadlineMs: 1_000 });
  await store.close();
  process.exit(0);
});
