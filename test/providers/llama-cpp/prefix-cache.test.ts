import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import type { LlamaCppProvider } from "../../../src/providers/llama-cpp/llama-cpp-provider.ts";
import { createTinyProvider } from "../../support/tiny-engine.ts";
import { createCall } from "./create-call.ts";

// Each test starts engines of its own, which takes seconds where others want the cores too.
vi.setConfig({ testTimeout: 120_000 });

const providers: LlamaCppProvider[] = [];
afterEach(() => Promise.all(providers.splice(0).map((provider) => provider.close(0))));

function open(options: { sequences?: number } = {}): LlamaCppProvider {
  const provider = createTinyProvider({ sequences: 2, ...options });
  providers.push(provider);
  return provider;
}

/** Around 300 tokens, another text for another topic. */
const createSystem = (topic: string) => `You know ${topic}. `.repeat(20);

async function ask(provider: LlamaCppProvider, topic: string, question: string) {
  const messages = [
    { role: "system" as const, content: createSystem(topic) },
    { role: "user" as const, content: question },
  ];
  const { completion } = await provider.complete(createCall({ messages, max_tokens: 12, temperature: 0 }));
  return {
    text: completion.choices[0]?.message.content,
    prompt: completion.usage?.prompt_tokens ?? 0,
    cached: completion.usage?.prompt_tokens_details?.cached_tokens ?? -1,
  };
}

it("finds a system prompt again after other prompts have overwritten every sequence", async () => {
  const provider = open();
  const first = await ask(provider, "hats", "one?");
  expect(first.cached).toBeLessThan(20);
  for (const topic of ["shoes", "coats", "bags", "socks"]) await ask(provider, topic, "something else?");
  const again = await ask(provider, "hats", "two?");
  expect(again.cached).toBeGreaterThan(first.prompt - 40);
  const cold = await ask(open(), "hats", "two?");
  expect(again.text).toBe(cold.text);
  expect(cold.prompt).toBe(again.prompt);
  await vi.waitFor(
    () => {
      const { entries, bytes, hits, hitTokens } = provider.stats().prefixCache;
      expect([entries, hits]).toEqual([5, 1]);
      expect(bytes).toBeGreaterThan(10_000);
      expect(hitTokens).toBeGreaterThan(100);
    },
    { timeout: 30_000 },
  );
});

it.each([
  ["differently", ["one?", "two?", "three?", "four?"]],
  ["alike", ["what to wear on one day?", "what to wear on two?", "what to wear on three?", "what to wear?"]],
])(
  "evaluates the system prompt of calls that come together and go on %s only once",
  async (_how, questions) => {
    const provider = open({ sequences: 4 });
    await ask(provider, "warming up", "?");
    const answers = await Promise.all(questions.map((question) => ask(provider, "hats", question)));
    const cold = answers.filter(({ cached }) => cached < 20);
    const warm = answers.filter(({ cached, prompt }) => cached > prompt - 40);
    expect([cold.length, warm.length]).toEqual([1, 3]);
  },
);

it("finds a long common beginning that is no system prompt at its third use", async () => {
  const provider = open();
  const askAtOnce = async (end: string) => {
    const content = `${createSystem("rules in the user's turn")}${end}`;
    const { completion } = await provider.complete(
      createCall({ messages: [{ role: "user", content }], max_tokens: 4, temperature: 0 }),
    );
    return completion.usage?.prompt_tokens_details?.cached_tokens ?? -1;
  };
  await askAtOnce("one");
  await askAtOnce("two");
  for (const topic of ["shoes", "coats", "bags", "socks"]) await ask(provider, topic, "something else?");
  expect(await askAtOnce("three")).toBeGreaterThan(100);
});

it("leaves no state behind: neither when it closes nor when it is killed", async () => {
  const parent = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  const listFolders = (processId: number | null) =>
    readdirSync(parent).filter(
      (name) => name.startsWith("tailor-engine-") && name.includes(`-${processId}-`),
    );
  const provider = open();
  await ask(provider, "hats", "one?");
  const killed = provider.stats().processId;
  expect(listFolders(killed)).toHaveLength(1);
  // Somebody else's, on another machine that shares the folder.
  const foreign = path.join(parent, `tailor-engine-not-${hostname()}-1-test`);
  mkdirSync(foreign, { recursive: true });
  process.kill(killed ?? 0, "SIGKILL");
  await vi.waitFor(() => expect(provider.stats()).toMatchObject({ restarts: 1 }), { timeout: 30_000 });
  await ask(provider, "hats", "two?");
  expect(listFolders(killed)).toHaveLength(0);
  expect(existsSync(foreign)).toBe(true);
  rmSync(foreign, { recursive: true });
  const { processId } = provider.stats();
  expect(listFolders(processId)).toHaveLength(1);
  await provider.close(0);
  expect(listFolders(processId)).toHaveLength(0);
});
