import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type CliOptions, runTailor } from "../support/run-tailor.ts";
import { createScriptedUpstream, type ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTailorProcess, type TailorProcess } from "../support/tailor-process.ts";

// Processes of their own on a busy machine take their time.
vi.setConfig({ testTimeout: 120_000 });

const startAlone = (options: CliOptions) => runTailor([], { ...options, program: "src/main.ts" });

let folder: string;
let upstream: ScriptedUpstream;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tailor-cli-"));
  upstream = await createScriptedUpstream();
  const provider = { kind: "openai", baseUrl: upstream.baseUrl, apiKeyEnv: null };
  const config = {
    providers: { up: provider, down: { ...provider, apiKeyEnv: "NOT_SET" } },
    routes: [
      {
        name: "stylist",
        models: ["stylist"],
        targets: [
          { id: "a", provider: "up", model: "upstream-model", percent: 100 },
          { id: "b", provider: "up", model: "upstream-model", percent: 0 },
        ],
      },
    ],
  };
  const configPath = join(folder, "config.json");
  writeFileSync(configPath, JSON.stringify(config));
  env = { TAILOR_DATA_DIR: folder, TAILOR_MODELS_DIR: folder, TAILOR_CONFIG: configPath, PORT: "1" };
});

afterEach(async () => {
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

async function startServer(): Promise<TailorProcess> {
  return startTailorProcess({ env: { ...env, PORT: "0" } });
}

describe("starting", () => {
  test("prints exactly one line, with the address", async () => {
    await using server = await startServer();
    expect(server.output()).toMatch(/^Tailor is ready on http:\/\/127\.0\.0\.1:\d+ .*\n$/);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });

  test("on a non-loopback address without any key is refused with what to set", async () => {
    const { code, stderr } = await startAlone({ env: { ...env, HOST: "0.0.0.0", PORT: "0" } });
    expect(code).toBe(1);
    expect(stderr).toContain("TAILOR_ADMIN_KEY");
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  test("while PostgreSQL is away is refused in one sentence, without the password", async () => {
    const address = "postgres://tailor:hunter2@127.0.0.1:1/tailor";
    const { code, stderr } = await startAlone({ env: { ...env, PORT: "0", DATABASE_URL: address } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^[^\n]*PostgreSQL database tailor on 127\.0\.0\.1:1[^\n]*\n$/);
    expect(stderr).not.toContain("hunter2");
  });

  test.each([
    ["an unknown field", { providers: {}, routes: [], colour: 1 }, "colour"],
    [
      "percents that do not sum",
      {
        providers: { up: { kind: "openai" } },
        routes: [
          { name: "r", models: ["m"], targets: [{ id: "a", provider: "up", model: "m", percent: 40 }] },
        ],
      },
      "routes.0.targets",
    ],
    [
      "an unknown provider",
      {
        providers: {},
        routes: [
          { name: "r", models: ["m"], targets: [{ id: "a", provider: "x", model: "m", percent: 100 }] },
        ],
      },
      "no provider is called x",
    ],
  ])("with %s in the configuration names it and fails", async (_name, config, words) => {
    writeFileSync(env.TAILOR_CONFIG ?? "", JSON.stringify(config));
    const { code, stderr } = await startAlone({ env: { ...env, PORT: "0" } });
    expect(code).toBe(1);
    expect(stderr).toContain(words);
  });

  test("with an unusable variable names it", async () => {
    const { code, stderr } = await startAlone({ env: { ...env, PORT: "many" } });
    expect([code, stderr.startsWith("PORT:")]).toEqual([1, true]);
  });
});

describe("routes", () => {
  test("are changed in the database when no server runs, and the next start serves the change", async () => {
    const changed = await runTailor(["routes", "set-percent", "stylist", "a=25", "b=75", "--json"], { env });
    expect(changed.stderr).toContain("database");
    expect(JSON.parse(changed.stdout)).toMatchObject({
      version: 2,
      targets: [{ percent: 25 }, { percent: 75 }],
    });
    await using server = await startServer();
    expect(await (await fetch(`${server.url}/admin/routes/stylist`)).json()).toMatchObject({ version: 2 });
  });

  test("are changed on the server while one runs, at once", async () => {
    await using server = await startServer();
    const serverEnv = { ...env, PORT: new URL(server.url).port };
    const { code, stderr } = await runTailor(["routes", "set-percent", "stylist", "a=0", "b=100"], {
      env: serverEnv,
    });
    expect([code, stderr.includes("server at")]).toEqual([0, true]);
    const answer = await fetch(`${server.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "stylist", messages: [{ role: "user", content: "x" }] }),
    });
    expect(answer.headers.get("x-tailor-target")).toBe("b");
    const reverted = await runTailor(["routes", "revert", "stylist", "1"], { env: serverEnv });
    expect(reverted.stdout).toContain("version 3: a 100%, b 0%");
    const shadowed = await runTailor(["shadow", "set", "stylist", "b", "10", "--json"], { env: serverEnv });
    expect(JSON.parse(shadowed.stdout).shadow).toMatchObject([{ target: "b", percent: 10 }]);
    const history = await runTailor(["routes", "history", "stylist", "--json"], { env: serverEnv });
    expect(JSON.parse(history.stdout).map(({ actor }: { actor: string }) => actor)).toEqual([
      "cli",
      "cli",
      "cli",
      "configuration",
    ]);
  });

  test("that would not sum to 100 are refused with 1, a wrong call with 2", async () => {
    const refused = await runTailor(["routes", "set-percent", "stylist", "a=50"], { env });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("sum to 50");
    expect((await runTailor(["routes", "set-percent", "stylist", "half"], { env })).code).toBe(2);
    expect((await runTailor(["routes", "colour"], { env })).code).toBe(2);
    expect((await runTailor(["routes", "--help"], { env })).code).toBe(0);
  });
});

test("keys are imported from standard input, listed without the key, and revoked", async () => {
  const secret = "sk-backend-0123456789abcdef";
  const imported = await runTailor(["keys", "import", "--name", "backend", "--json"], {
    env,
    input: `${secret}\n`,
  });
  const { id } = JSON.parse(imported.stdout);
  const listed = await runTailor(["keys", "list", "--json"], { env });
  expect(JSON.parse(listed.stdout)).toMatchObject([{ id, name: "backend", revokedAt: null }]);
  expect(imported.stdout + listed.stdout).not.toContain(secret);
  expect((await runTailor(["keys", "import", "--name", "again"], { env, input: secret })).code).toBe(1);
  expect((await runTailor(["keys", "revoke", id], { env })).code).toBe(0);
  expect((await runTailor(["keys", "revoke", id], { env })).code).toBe(1);
});

test("models are registered, listed and made the default", async () => {
  mkdirSync(join(folder, "tiny"));
  writeFileSync(join(folder, "tiny", "tiny.gguf"), "GGUF");
  writeFileSync(join(folder, "tiny", "model.json"), JSON.stringify({ embeddings: { pooling: "mean" } }));
  expect((await runTailor(["models", "activate", "tiny"], { env })).code).toBe(1);
  expect((await runTailor(["models", "register", "tiny", "--file", "tiny.gguf"], { env })).code).toBe(0);
  expect((await runTailor(["models", "activate", "tiny"], { env })).code).toBe(0);
  const listed = JSON.parse((await runTailor(["models", "list", "--json"], { env })).stdout);
  expect(listed).toMatchObject({
    default: "tiny",
    models: [{ name: "tiny", status: "candidate", embeddings: { pooling: "mean" } }],
  });
});

test("doctor tells what is missing and exits 1", async () => {
  const { code, stdout } = await runTailor(["doctor", "--json"], { env });
  const findings: { name: string; ok: boolean; detail: string }[] = JSON.parse(stdout);
  expect(code).toBe(1);
  expect(findings.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(["models"]);
  expect(findings.find(({ name }) => name === "configuration")?.detail).toContain("set NOT_SET");
});
