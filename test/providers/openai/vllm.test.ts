import { describe, it } from "vitest";
import { createOpenAiProvider } from "../../../src/providers/openai/create-openai-provider.ts";
import { startWireRecorder } from "../../support/wire-recorder.ts";
import { describeFullProviderContract } from "../contract.ts";

// TAILOR_VLLM_URL (up to /v1) and TAILOR_VLLM_MODEL name a running vLLM; with TAILOR_RECORD_WIRE=1 what it says becomes
// the fixture that recorded-wire.test.ts replays. It needs a context of 1,024 tokens or little more.
const RECORDING = "test/fixtures/wire/vllm/exchanges.json";
const upstream = process.env.TAILOR_VLLM_URL;

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
    const provider = createOpenAiProvider({
      id: "vllm",
      baseUrl: recorder.baseUrl,
      dialect: "vllm",
      licenseClass: "unknown",
      retries: { max: 0 },
    });
    return {
      provider,
      model: process.env.TAILOR_VLLM_MODEL ?? "stylist-135m",
      slowRequest: { max_tokens: 160, ignore_eos: true },
      cut: async () => recorder.cutConnections(),
      close: async () => {
        await provider.close(500);
        await recorder.close();
      },
    };
  });
}
