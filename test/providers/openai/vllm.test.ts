import { describe, expect, it } from "vitest";
import {
  createOpenAiProvider,
  type OpenAiProviderOptions,
} from "../../../src/providers/openai/create-openai-provider.ts";
import type { Provider } from "../../../src/providers/provider.ts";
import { startWireRecorder } from "../../support/wire-recorder.ts";
import { describeFullProviderContract } from "../contract.ts";
import { createCall } from "./create-call.ts";
import { callingRequest, slowRequest } from "./stylist-requests.ts";

// TAILOR_VLLM_URL (up to /v1) and TAILOR_VLLM_MODEL name a running vLLM; with TAILOR_RECORD_WIRE=1 what it says becomes
// the fixture that recorded-wire.test.ts replays. test/fixtures/wire/README.md says how to start one.
const RECORDING = "test/fixtures/wire/vllm/exchanges.json";
const SHIPPED = "stylist-135m";
const { TAILOR_VLLM_URL: upstream, TAILOR_VLLM_MODEL: model = SHIPPED } = process.env;

if (upstream === undefined) {
  describe("provider contract: a real vLLM", () => {
    it.skip("no vLLM here: TAILOR_VLLM_URL names one", () => {});
  });
} else {
  describeFullProviderContract("a real vLLM", async () => {
    // Always behind the recorder: somebody else's server is not ours to kill.
    const recorder = await startWireRecorder({
      upstream,
      file: process.env.TAILOR_RECORD_WIRE ? RECORDING : null,
    });
    const provider = createProvider({ baseUrl: recorder.baseUrl });
    return {
      provider,
      model,
      slowRequest,
      callingRequest: model === SHIPPED ? callingRequest : undefined,
      cut: async () => recorder.cutConnections(),
      close: async () => {
        await provider.close(500);
        await recorder.close();
      },
    };
  });

  describe("a real vLLM", () => {
    it("stops writing when the caller leaves", async () => {
      const provider = createProvider({ baseUrl: upstream });
      const controller = new AbortController();
      // More tokens than the test would have time for.
      const request = { max_tokens: 900, ignore_eos: true, stream: true };
      const call = { ...createCall(request, { signal: controller.signal }), model };
      const { chunks } = await provider.stream(call);
      await chunks[Symbol.asyncIterator]().next();
      await expect.poll(() => countRunning(upstream)).toBe(1);
      controller.abort(new Error("left"));
      await expect.poll(() => countRunning(upstream)).toBe(0);
      await provider.close(100);
    });

    it("takes a schema in its own field too", async () => {
      const provider = createProvider({ baseUrl: upstream, schemaForm: "structured_outputs" });
      const schema = {
        type: "object",
        properties: { size: { enum: ["s", "m"] } },
        required: ["size"],
        additionalProperties: false,
      };
      const format = { type: "json_schema" as const, json_schema: { name: "size", schema } };
      const request = { response_format: format, max_tokens: 30, temperature: 0 };
      const { completion } = await provider.complete({ ...createCall(request), model });
      expect(JSON.parse(completion.choices[0]?.message.content ?? "")).toEqual({
        size: expect.stringMatching(/^[sm]$/),
      });
      await provider.close(100);
    });
  });
}

async function countRunning(url: string): Promise<number> {
  const metrics = await (await fetch(new URL("/metrics", url))).text();
  return Number(/^vllm:num_requests_running\S* (\S+)$/m.exec(metrics)?.[1]);
}

function createProvider(options: Pick<OpenAiProviderOptions, "baseUrl" | "schemaForm">): Provider {
  return createOpenAiProvider({
    id: "vllm",
    dialect: "vllm",
    licenseClass: "unknown",
    retries: { max: 0 },
    ...options,
  });
}
