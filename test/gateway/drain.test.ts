import { expect, test } from "vitest";
import { createScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTailorProcess, type TailorProcess } from "../support/tailor-process.ts";

/** A process of its own on a busy machine takes its time. */
const PATIENCE_MS = 120_000;

function createConfig(baseUrl: string, fields: object = {}) {
  return {
    providers: { up: { kind: "openai", baseUrl, apiKeyEnv: null, licenseClass: "commercial_ok" } },
    routes: [
      {
        name: "stylist",
        models: ["stylist"],
        targets: [{ id: "up", provider: "up", model: "upstream-model", percent: 100 }],
        ...fields,
      },
    ],
  };
}

function ask(tailor: TailorProcess, fields: object = {}): Promise<Response> {
  return fetch(`${tailor.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "stylist", messages: [{ role: "user", content: "hi" }], ...fields }),
  });
}

interface Answer {
  readonly inferenceId: string;
  readonly isWhole: boolean;
}

function toUuid(completionId: string): string {
  return completionId.slice("chatcmpl-".length).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Null when the answer did not come through to its end. */
async function readAnswer(asked: Promise<Response>): Promise<Answer | null> {
  try {
    const response = await asked;
    const text = await response.text();
    const id = /chatcmpl-[0-9a-f]{32}/.exec(text)?.[0];
    if (response.status !== 200 || id === undefined) return null;
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
    return { inferenceId: toUuid(id), isWhole: !isStream || text.includes("data: [DONE]") };
  } catch {
    return null;
  }
}

test("SIGTERM under load ends open streams well, loses no acknowledged answer and exits 0", {
  timeout: PATIENCE_MS,
}, async () => {
  const upstream = await createScriptedUpstream({ script: { kind: "answer", tokenMs: 40 } });
  await using tailor = await startTailorProcess({ config: createConfig(upstream.baseUrl) });
  const answers: Promise<Answer | null>[] = [];
  let isOver = false;
  const load = Array.from({ length: 8 }, async (_, lane) => {
    while (!isOver) {
      const answer = readAnswer(ask(tailor, { stream: lane % 2 === 0, user: `lane-${lane}` }));
      answers.push(answer);
      if ((await answer) === null) return;
    }
  });
  await expect.poll(() => answers.length, { timeout: 60_000 }).toBeGreaterThan(32);
  tailor.child.kill("SIGTERM");
  expect(await tailor.exited).toBe(0);
  isOver = true;
  await Promise.all(load);
  await upstream.close();

  const acknowledged = (await Promise.all(answers)).filter((answer) => answer !== null);
  expect(acknowledged.length).toBeGreaterThan(24);
  expect(acknowledged.every(({ isWhole }) => isWhole)).toBe(true);
  const log = await tailor.openLog();
  const rows = await Promise.all(
    acknowledged.map(({ inferenceId }) => log.reader.readInference(inferenceId)),
  );
  await log.close();
  expect(rows.filter((row) => row === null)).toHaveLength(0);
  expect(rows.every((row) => row?.inference.status === 200)).toBe(true);
});

test("a shadow under way at SIGTERM is waited for and stored with its pair", {
  timeout: PATIENCE_MS,
}, async () => {
  const upstream = await createScriptedUpstream({ models: ["upstream-model", "shadow-model"] });
  upstream.setDefault(({ model }) => ({ kind: "answer", delayMs: model === "shadow-model" ? 800 : 0 }));
  const config = createConfig(upstream.baseUrl, {
    targets: [
      { id: "up", provider: "up", model: "upstream-model", percent: 100 },
      { id: "other", provider: "up", model: "shadow-model", percent: 0 },
    ],
    shadow: [{ target: "other", percent: 100 }],
  });
  await using tailor = await startTailorProcess({ config });
  const answer = await readAnswer(ask(tailor));
  await expect.poll(() => upstream.requests.length, { timeout: 20_000 }).toBe(2);
  tailor.child.kill("SIGTERM");
  expect(await tailor.exited).toBe(0);
  await upstream.close();
  const log = await tailor.openLog();
  const pair = await log.reader.readInference(answer?.inferenceId ?? "");
  await log.close();
  expect(pair?.shadows).toMatchObject([
    { target: "other", model: "shadow-model", agreement: 1, error: null },
  ]);
});

test("a stream that is stuck is cut at the deadline, and still has its row", {
  timeout: PATIENCE_MS,
}, async () => {
  const upstream = await createScriptedUpstream({ script: { kind: "cut", afterEvents: 3, how: "hang" } });
  const config = { ...createConfig(upstream.baseUrl), limits: { drainDeadlineMs: 300 } };
  await using tailor = await startTailorProcess({ config });
  const response = await ask(tailor, { stream: true });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("chatcmpl-")) text += (await reader?.read())?.value ?? "";
  tailor.child.kill("SIGTERM");
  expect(await tailor.exited).toBe(0);
  const rest = (async () => {
    for (let read = await reader?.read(); read?.done === false; read = await reader?.read())
      text += read.value;
  })();
  await rest.catch(() => undefined);
  expect(text).not.toContain("[DONE]");
  await upstream.close();
  const log = await tailor.openLog();
  const pair = await log.reader.readInference(toUuid(/chatcmpl-[0-9a-f]{32}/.exec(text)?.[0] ?? ""));
  await log.close();
  expect(pair?.inference).toMatchObject({ streamed: true, status: 499 });
});

test("a second signal ends the process at once", { timeout: PATIENCE_MS }, async () => {
  const upstream = await createScriptedUpstream({ script: { kind: "answer", delayMs: 20_000 } });
  await using tailor = await startTailorProcess({ config: createConfig(upstream.baseUrl) });
  const answer = readAnswer(ask(tailor));
  await expect.poll(() => upstream.requests.length, { timeout: 20_000 }).toBe(1);
  tailor.child.kill("SIGTERM");
  await new Promise((resolve) => setTimeout(resolve, 300));
  tailor.child.kill("SIGTERM");
  expect(await tailor.exited).toBe(1);
  expect(await answer).toBeNull();
  await upstream.close();
});

test("while draining, /readyz says no, new connections are refused, and the open answer ends", {
  timeout: PATIENCE_MS,
}, async () => {
  const upstream = await createScriptedUpstream({ script: { kind: "answer", delayMs: 1500 } });
  await using tailor = await startTailorProcess({ config: createConfig(upstream.baseUrl) });
  const answer = readAnswer(ask(tailor));
  await expect.poll(() => upstream.requests.length, { timeout: 20_000 }).toBe(1);
  tailor.child.kill("SIGTERM");
  await new Promise((resolve) => setTimeout(resolve, 300));
  await expect(fetch(`${tailor.url}/healthz`)).rejects.toThrow();
  expect(await answer).toMatchObject({ isWhole: true });
  expect(await tailor.exited).toBe(0);
  await upstream.close();
});
