import { tmpdir } from "node:os";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createProviders } from "../../src/cli/create-providers.ts";
import { type Config, configSchema } from "../../src/config/config-schema.ts";
import { readEnvironment } from "../../src/config/environment.ts";
import { createScriptedUpstream, type ScriptedUpstream } from "../support/scripted-upstream.ts";

let upstream: ScriptedUpstream;
beforeEach(async () => {
  upstream = await createScriptedUpstream();
});
afterEach(() => upstream.close());

/** The providers of a configuration that has one upstream with these settings. */
function parseProviders(settings: object): Config["providers"] {
  const route = {
    name: "r",
    models: ["m"],
    targets: [{ id: "t", provider: "up", model: "upstream-model", percent: 100 }],
  };
  const providers = { up: { kind: "openai", baseUrl: upstream.baseUrl, apiKeyEnv: "UP_KEY", ...settings } };
  return configSchema.parse({ providers, routes: [route] }).providers;
}

const environment = readEnvironment({ UP_KEY: "sk-up" });

test("an upstream is asked as its configuration says", async () => {
  const configs = parseProviders({
    dialect: "azure",
    apiVersion: "2024-10-21",
    baseUrl: new URL(upstream.baseUrl).origin,
    schemaForm: "json_object",
    retries: { max: 0 },
    circuit: { failures: 2 },
    timeouts: { totalMs: 5000 },
  });
  const { active } = createProviders(configs, { environment });
  const provider = active.get("up");
  const call = {
    request: { model: "m", messages: [{ role: "user" as const, content: "hello" }] },
    model: "upstream-model",
    signal: new AbortController().signal,
    priority: "primary" as const,
  };
  await provider?.complete(call);
  expect(upstream.requests[0]).toMatchObject({
    path: "/openai/deployments/upstream-model/chat/completions?api-version=2024-10-21",
    headers: { "api-key": "sk-up" },
  });
  upstream.play({ kind: "reset", when: "before-headers" }, { kind: "reset", when: "before-headers" });
  await provider?.complete(call).catch(() => {});
  await provider?.complete(call).catch(() => {});
  await expect(provider?.complete(call)).rejects.toMatchObject({ code: "circuit_open" });
  await provider?.close(100);
});

test("the end of a local engine is logged with what is known of it", { timeout: 60_000 }, async () => {
  // No model there: the engine runs all the same.
  const configs = configSchema.parse({
    providers: { local: { kind: "llama-cpp", modelsDir: tmpdir() } },
    routes: [
      {
        name: "r",
        models: ["m"],
        targets: [{ id: "t", provider: "local", model: "default", percent: 100 }],
      },
    ],
  }).providers;
  const error = vi.fn();
  const { local } = createProviders(configs, { environment, logger: { error } });
  process.kill(local[0]?.stats().processId ?? 0, "SIGKILL");
  await vi.waitFor(() => expect(error).toHaveBeenCalledTimes(1), { timeout: 30_000 });
  expect(error).toHaveBeenCalledWith(
    { provider: "local", reason: "the engine process ended (SIGKILL)", why: null },
    "the local engine ended",
  );
  await local[0]?.close(0);
});

test("a certificate file that is not there is told by name", () => {
  const configs = parseProviders({ caFile: "certs/none.pem" });
  expect(() => createProviders(configs, { environment })).toThrow(
    "providers.up.caFile: cannot read certs/none.pem",
  );
});

test("an unknown dialect and an unknown schema form are refused", () => {
  expect(() => parseProviders({ dialect: "gpt" })).toThrow(/dialect/);
  expect(() => parseProviders({ schemaForm: "xml" })).toThrow(/schemaForm/);
});
