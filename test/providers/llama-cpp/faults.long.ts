import { setTimeout } from "node:timers/promises";
import { expect, it } from "vitest";
import { createLoadClient, killUnderLoad } from "../../support/engine-load.ts";
import { startEngineGateway } from "../../support/start-engine-gateway.ts";
import { createTinyProvider } from "../../support/tiny-engine.ts";
import { createCall } from "./create-call.ts";

it("answers every request or says why not over twenty kills of the engine", async () => {
  const { tailor, local, close } = await startEngineGateway();
  const client = createLoadClient(tailor.url);
  const { outcomes, afterwards } = await killUnderLoad({ provider: local, client, kills: 20 });
  const count = (kind: string) => outcomes.filter((outcome) => outcome.kind === kind).length;
  expect(outcomes.filter(({ kind }) => kind === "half")).toEqual([]);
  expect(count("answered") + count("refused") + count("cut")).toBe(120);
  for (const outcome of outcomes) {
    if (outcome.kind === "refused") expect(outcome).toMatchObject({ status: 503, code: "unavailable" });
  }
  expect(afterwards).toEqual(Array.from({ length: 20 }, () => ({ kind: "answered" })));
  expect(local.stats()).toMatchObject({ restarts: 20, slots: { busy: 0 }, queue: { length: 0 } });
  await close();
});

it("keeps its memory over thousands of answers, given up or not, with ever new prompts and schemas", async () => {
  const provider = createTinyProvider({ sequences: 4 });
  const answerMany = async (from: number, count: number) => {
    for (let at = from; at < from + count; at += 8) {
      await Promise.all(Array.from({ length: 8 }, (_, index) => answerOne(at + index)));
    }
  };
  const answerOne = async (index: number) => {
    const controller = new AbortController();
    const messages = [
      { role: "system" as const, content: `Instruction ${index % 40}. `.repeat(12) },
      { role: "user" as const, content: `question ${index}` },
    ];
    const schema = { type: "object", properties: { [`key${index % 600}`]: { type: "integer" } } };
    const format = { type: "json_schema" as const, json_schema: { name: "answer", schema } };
    const request = { messages, max_tokens: 12, ...(index % 2 === 0 && { response_format: format }) };
    const answering = provider.complete(createCall(request, { signal: controller.signal }));
    if (index % 5 === 0) void setTimeout(index % 7).then(() => controller.abort(new Error("left")));
    await answering.catch(() => {});
  };
  const readRss = async () => {
    // The engine tells every second.
    await setTimeout(2500);
    return provider.stats().memory.rssBytes ?? 0;
  };
  // By then V8's heap has grown to what it takes before it is swept (looked at: 34 to 47 MB are alive all along).
  await answerMany(0, 7000);
  const settled = await readRss();
  await answerMany(7000, 7000);
  const later = await readRss();
  console.log(`engine memory: ${settled} bytes after 7,000 answers, ${later} after 14,000`);
  expect(later).toBeLessThan(settled * 1.1);
  await provider.close(0);
});
