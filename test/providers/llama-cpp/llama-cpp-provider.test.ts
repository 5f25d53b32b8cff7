import { createTinyProvider } from "../../support/tiny-engine.ts";
import { describeFullProviderContract } from "../contract.ts";

/** The tiny vocabulary has the bytes in their order behind three special tokens. */
const LESS_THAN_TOKEN = 3 + "<".charCodeAt(0);

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
    // Of random weights nothing but a grammar makes a call: an object or a call, and only one of them begins like this.
    callingRequest: { response_format: { type: "json_object" }, logit_bias: { [LESS_THAN_TOKEN]: 100 } },
    async cut() {
      process.kill(provider.stats().processId ?? 0, "SIGKILL");
    },
    close: () => provider.close(0),
  };
});
