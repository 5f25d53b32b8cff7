import { afterAll, beforeAll, describe } from "vitest";
import { describeAborts } from "./contract/aborts.ts";
import { describeAnswers } from "./contract/answers.ts";
import { describeFailures } from "./contract/failures.ts";
import type { DescribePart, MakeCall, ProviderHarness } from "./contract/harness.ts";
import { describeLogprobs } from "./contract/logprobs.ts";
import { describeParameters } from "./contract/parameters.ts";
import { describeRefusals } from "./contract/refusals.ts";
import { describeSchemas } from "./contract/schemas.ts";
import { describeToolConversations } from "./contract/tool-conversations.ts";
import { describeTools } from "./contract/tools.ts";

export { collect, joinText } from "./contract/chunks.ts";

const never = new AbortController().signal;

/** What every Provider implementation is held to. `createHarness` runs once; the tests share its provider in order. */
export function describeProviderContract(name: string, createHarness: () => Promise<ProviderHarness>): void {
  describeParts({ name, createHarness, parts: [describeAnswers, describeAborts, describeFailures] });
}

/** The contract for providers with a whole model behind them: all that requests commonly ask for. */
export function describeFullProviderContract(
  name: string,
  createHarness: () => Promise<ProviderHarness>,
): void {
  const parts = [
    describeAnswers,
    describeParameters,
    describeLogprobs,
    describeSchemas,
    describeTools,
    describeToolConversations,
    describeRefusals,
    describeAborts,
    describeFailures,
  ];
  describeParts({ name, createHarness, parts });
}

function describeParts(options: {
  name: string;
  createHarness: () => Promise<ProviderHarness>;
  parts: readonly DescribePart[];
}): void {
  const { name, createHarness, parts } = options;
  describe(`provider contract: ${name}`, () => {
    let harness: ProviderHarness;
    beforeAll(async () => {
      harness = await createHarness();
    });
    afterAll(() => harness?.close());

    const call: MakeCall = (request = {}, rest = {}) => ({
      request: {
        model: "client-name",
        messages: [{ role: "user", content: "hello" }],
        max_tokens: 12,
        temperature: 0,
        ...request,
      },
      model: harness.model,
      signal: never,
      priority: "primary",
      ...rest,
    });

    for (const part of parts) part(call, () => harness);
  });
}
