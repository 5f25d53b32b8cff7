import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createOpenAiProvider,
  type OpenAiProviderOptions,
} from "../../../src/providers/openai/create-openai-provider.ts";
import type { Provider } from "../../../src/providers/provider.ts";
import { findLlamaServer, type LlamaServer, startLlamaServer } from "../../support/llama-server.ts";
import { startWireRecorder, type WireRecorder } from "../../support/wire-recorder.ts";
import { describeFullProviderContract } from "../contract.ts";
import { createCall } from "./create-call.ts";
import { callingRequest, slowRequest } from "./stylist-requests.ts";

// With TAILOR_RECORD_WIRE=1 what passes becomes the fixture that recorded-wire.test.ts replays.
const RECORDING = "test/fixtures/wire/llama-server/exchanges.json";
const binary = findLlamaServer();

if (binary === null) {
  describe("provider contract: a real llama-server", () => {
    it.skip("no binary here: scripts/build-llama-server.sh makes one", () => {});
  });
} else {
  describeFullProviderContract("a real llama-server", () => createHarness(binary));
  describe("a real llama-server", () => {
    let server: LlamaServer;
    beforeAll(async () => {
      server = await startLlamaServer(binary);
    });
    afterAll(() => server.kill());

    it("stops writing when the caller leaves", async () => {
      const provider = createProvider({ baseUrl: server.baseUrl });
      const controller = new AbortController();
      // More tokens than the test would have time for.
      const request = { max_tokens: 900, ignore_eos: true, stream: true };
      const call = { ...createCall(request, { signal: controller.signal }), model: "stylist-135m" };
      const { chunks } = await provider.stream(call);
      await chunks[Symbol.asyncIterator]().next();
      expect(await countBusySlots(server)).toBe(1);
      controller.abort(new Error("left"));
      await expect.poll(() => countBusySlots(server), { timeout: 3000 }).toBe(0);
      await provider.close(100);
    });

    it("calls a function also under a chat template that knows no tools", async () => {
      const plain = await startLlamaServer(binary, { templateFile: null });
      const provider = createProvider({ baseUrl: plain.baseUrl });
      const choice = { type: "function" as const, function: { name: "now" } };
      const tools = [{ type: "function" as const, function: { name: "now" } }];
      const request = { tools, tool_choice: choice, max_tokens: 60, temperature: 0 };
      const { completion } = await provider.complete({ ...createCall(request), model: "stylist-135m" });
      expect(completion.choices[0]).toMatchObject({
        finish_reason: "tool_calls",
        message: { content: null, tool_calls: [{ function: { name: "now", arguments: "{}" } }] },
      });
      await provider.close(100);
      plain.kill();
    });

    it("takes a schema in its own field too", async () => {
      const provider = createProvider({ baseUrl: server.baseUrl, schemaForm: "json_schema" });
      const schema = { type: "object", properties: { size: { enum: ["s", "m"] } }, required: ["size"] };
      const format = { type: "json_schema" as const, json_schema: { name: "size", schema } };
      const request = { response_format: format, max_tokens: 30, temperature: 0 };
      const { completion } = await provider.complete({ ...createCall(request), model: "stylist-135m" });
      expect(JSON.parse(completion.choices[0]?.message.content ?? "")).toEqual({
        size: expect.stringMatching(/^[sm]$/),
      });
      await provider.close(100);
    });
  });
}

async function countBusySlots({ baseUrl }: LlamaServer): Promise<number> {
  const response = await fetch(new URL("/slots", baseUrl));
  const slots = (await response.json()) as { is_processing: boolean }[];
  return slots.filter((slot) => slot.is_processing).length;
}

function createProvider(options: Pick<OpenAiProviderOptions, "baseUrl" | "schemaForm">): Provider {
  return createOpenAiProvider({
    id: "llama-server",
    dialect: "llama-server",
    licenseClass: "commercial_ok",
    retries: { max: 0 },
    ...options,
  });
}

async function createHarness(path: string) {
  const server = await startLlamaServer(path);
  const recorder = process.env.TAILOR_RECORD_WIRE ? await record(server) : null;
  const provider = createProvider({ baseUrl: recorder?.baseUrl ?? server.baseUrl });
  return {
    provider,
    model: "stylist-135m",
    slowRequest,
    callingRequest,
    ignoresModelNames: true,
    cut: async () => (recorder === null ? server.kill() : recorder.cutConnections()),
    close: async () => {
      await provider.close(500);
      await recorder?.close();
      server.kill();
    },
  };
}

function record(server: LlamaServer): Promise<WireRecorder> {
  return startWireRecorder({ upstream: server.baseUrl, file: RECORDING });
}
