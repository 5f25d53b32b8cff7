import { createShippedProvider } from "../../support/shipped-engine.ts";
import { describeFullProviderContract } from "../contract.ts";

/** The id of `<` in the shipped model's vocabulary. */
const LESS_THAN_TOKEN = 44;

describeFullProviderContract("llama-cpp with the shipped model", async () => {
  const provider = createShippedProvider();
  return {
    provider,
    model: "stylist-135m",
    slowRequest: {
      max_tokens: 900,
      temperature: 1,
      response_format: {
        type: "json_schema",
        json_schema: {
          name: "numbers",
          schema: { type: "array", items: { type: "integer" }, minItems: 300 },
        },
      },
    },
    // The model has learned to write plans: it calls where the choice is an object or a call, and only a call begins so.
    callingRequest: { response_format: { type: "json_object" }, logit_bias: { [LESS_THAN_TOKEN]: 100 } },
    async cut() {
      process.kill(provider.stats().processId ?? 0, "SIGKILL");
    },
    close: () => provider.close(0),
  };
});
