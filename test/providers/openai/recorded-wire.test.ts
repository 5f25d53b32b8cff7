import { createOpenAiProvider } from "../../../src/providers/openai/create-openai-provider.ts";
import type { DialectName } from "../../../src/providers/openai/dialects/dialect.ts";
import { startWireReplay } from "../../support/wire-replay.ts";
import { describeFullProviderContract } from "../contract.ts";
import { callingRequest, slowRequest } from "./stylist-requests.ts";

/** Cuts characters, line ends and events at every kind of place. */
const AWKWARD_PIECES = [1, 2, 3, 61, 5, 127];

const upstreams: { dialect: DialectName; model: string; ignoresModelNames: boolean }[] = [
  { dialect: "llama-server", model: "stylist-135m", ignoresModelNames: true },
  { dialect: "vllm", model: "stylist-135m", ignoresModelNames: false },
];

for (const { dialect, model, ignoresModelNames } of upstreams) {
  for (const pieceBytes of [undefined, AWKWARD_PIECES]) {
    const how = pieceBytes === undefined ? "as it came" : "in awkward pieces";
    describeFullProviderContract(`${dialect}, recorded, ${how}`, async () => {
      const replay = await startWireReplay({
        file: `test/fixtures/wire/${dialect}/exchanges.json`,
        pieceBytes,
        isSlow: (body) => Object.entries(slowRequest).every(([name, value]) => body[name] === value),
      });
      const provider = createOpenAiProvider({
        id: dialect,
        baseUrl: replay.baseUrl,
        dialect,
        licenseClass: "commercial_ok",
        retries: { max: 0 },
      });
      return {
        provider,
        model,
        ignoresModelNames,
        slowRequest,
        callingRequest,
        cut: async () => replay.cutConnections(),
        close: async () => {
          await provider.close(500);
          await replay.close();
        },
      };
    });
  }
}
