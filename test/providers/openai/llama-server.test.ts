import { describe, it } from "vitest";
import { createOpenAiProvider } from "../../../src/providers/openai/create-openai-provider.ts";
import { findLlamaServer, type LlamaServer, startLlamaServer } from "../../support/llama-server.ts";
import { startWireRecorder, type WireRecorder } from "../../support/wire-recorder.ts";
import { describeFullProviderContract } from "../contract.ts";

// With TAILOR_RECORD_WIRE=1 what passes becomes the fixture that recorded-wire.test.ts replays.
const RECORDING = "test/fixtures/wire/llama-server/exchanges.json";
const binary = findLlamaServer();

if (binary === null) {
  describe("provider contract: a real llama-server", () => {
    it.skip("no binary here: scripts/build-llama-server.sh makes one", () => {});
  });
} else {
  describeFullProviderContract("a real llama-server", () => createHarness(binary));
}

async function createHarness(path: string) {
  const server = await startLlamaServer(path);
  const recorder = process.env.TAILOR_RECORD_WIRE ? await record(server) : null;
  const provider = createOpenAiProvider({
    id: "llama-server",
    baseUrl: recorder?.baseUrl ?? server.baseUrl,
    dialect: "llama-server",
    licenseClass: "commercial_ok",
    retries: { max: 0 },
  });
  return {
    provider,
    model: "stylist-135m",
    slowRequest: { max_tokens: 160, ignore_eos: true },
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
