import { createTinyProvider } from "../../support/tiny-engine.ts";
import { describeFullProviderContract } from "../contract.ts";

describeFullProviderContract("llama-cpp", async () => {
  const provider = createTinyProvider();
  return {
    provider,
    model: "tiny",
    slowRequest: {
      max_tokens: 1500,
      temperature: 1,
      response_format: {
        type: "json_schema",
        json_schema: {
          name: "numbers",
          schema: { type: "array", items: { type: "integer" }, minItems: 900 },
        },
      },
    },
    async cut() {
      process.kill(provider.stats().processId ?? 0, "SIGKILL");
    },
    close: () => provider.close(0),
  };
});
