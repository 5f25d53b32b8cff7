import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSchemaCompiler } from "../../../src/json-schema/compiler/schema-compiler.ts";
import type { ChatCompletionRequest } from "../../../src/protocol/chat-request.ts";
import {
  createLlamaCppProvider,
  type LlamaCppProvider,
} from "../../../src/providers/llama-cpp/llama-cpp-provider.ts";
import { createFixedModelSource } from "../../../src/providers/llama-cpp/model-source.ts";
import { createPlanJsonSchema } from "../../../src/style/json-schema.ts";
import { loadLexicon } from "../../../src/style/load-lexicon.ts";
import { parseBrief } from "../../../src/style/parse-brief.ts";
import { buildPromptMessages } from "../../../src/style/prompt.ts";
import { collect, joinText } from "../contract.ts";
import { createCall } from "./create-call.ts";

/** The shipped model twice: jumping and guessing, and sampling every token. */
let jumping: LlamaCppProvider;
let plain: LlamaCppProvider;
const schemas = createSchemaCompiler({ deadlineMs: 60_000 });
beforeAll(() => {
  const create = (jumpsForward: boolean) =>
    createLlamaCppProvider({
      id: "local",
      source: createFixedModelSource([
        { name: "stylist", path: "models/stylist-135m/stylist-135m-q5_0.gguf", version: "1", created: 0 },
      ]),
      gpu: false,
      threads: 1,
      sequences: 1,
      jumpsForward,
      schemas,
      stallMs: 600_000,
    });
  jumping = create(true);
  plain = create(false);
});
afterAll(() => Promise.all([jumping.close(0), plain.close(0), schemas.close()]));

const lexicon = loadLexicon("data/style");

function createBriefMessages(occasion: string, budget: string) {
  const form = { preparing_for: occasion, preferred_brand: "Zara, Mango", budget, description: "no heels" };
  const brief = parseBrief({ form, profile: { gender: "female" } }, lexicon);
  return buildPromptMessages(brief, lexicon.prompt).map(({ role, content }) => ({ role, content }));
}

const wedding = createBriefMessages("a summer garden wedding", "$200-300");

const underSchema = (schema: Record<string, unknown>): Partial<ChatCompletionRequest> => ({
  temperature: 0,
  response_format: { type: "json_schema", json_schema: { name: "answer", schema } },
});

async function ask(provider: LlamaCppProvider, request: Partial<ChatCompletionRequest>) {
  const { completion } = await provider.complete(createCall(request));
  const [choice] = completion.choices;
  return {
    text: choice?.message.content ?? "",
    reason: choice?.finish_reason,
    tokens: completion.usage?.completion_tokens,
  };
}

/**
 * Natural log of how much likelier one token may be than another when either can come first, by a decode's last digits:
 * activations are rounded to eight bits between the layers, so the last digit of one moves many. Between decodes of one
 * and of more tokens the margin of the two likeliest moves by 0.05 in the median and 0.3 at most (64 tokens, AVX2).
 */
const TIE = 0.3;

/**
 * True when two texts differ, and the model itself finds both continuations equally likely at the first difference. A
 * decode of several tokens is calculated by other loops than that of one; which processor decides whether the last
 * digits agree (AVX-512: they did in all cases here; AVX2: they do not).
 */
async function isTiedWhereTheyPart(
  request: Partial<ChatCompletionRequest>,
  expected: string,
  text: string,
): Promise<boolean> {
  const parting = [...expected].findIndex((character, index) => character !== text[index]);
  if (parting < 0) return false;
  const { completion } = await plain.complete(createCall({ ...request, logprobs: true, top_logprobs: 20 }));
  let end = 0;
  for (const { token, logprob, top_logprobs: others } of completion.choices[0]?.logprobs?.content ?? []) {
    const start = end;
    end += token.length;
    if (end <= parting) continue;
    return others.some((other) => text.startsWith(other.token, start) && logprob - other.logprob < TIE);
  }
  return false;
}

const strict = (properties: Record<string, unknown>, optional: readonly string[] = []) => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});

/** Keys that the model knows, in another order and with other values. */
const EXTRACTION = strict(
  {
    query: { type: "string", minLength: 1, maxLength: 40 },
    type: { enum: ["top", "bottom", "full-body", "outerwear", "shoes"] },
    min: { type: "integer", minimum: 1, maximum: 500 },
    brand: { type: "string", minLength: 1, maxLength: 20 },
    description: { type: "string", maxLength: 30 },
  },
  ["brand", "description"],
);
/** Keys that it does not: sampled, it writes them in pieces that no text was ever tokenised into. */
const UNKNOWN = strict(
  {
    occasion: { type: "string", minLength: 1, maxLength: 60 },
    season: { enum: ["spring", "summer", "autumn", "winter"] },
    guests: { type: "integer", minimum: 0, maximum: 500 },
    isOutdoors: { type: "boolean" },
    dress_code: { enum: ["black tie", "black tie optional", "casual", null] },
  },
  ["guests"],
);
const NESTED = strict({
  rows: {
    type: "array",
    minItems: 2,
    maxItems: 3,
    items: {
      type: "array",
      minItems: 1,
      maxItems: 2,
      items: strict({ x: { type: "integer", minimum: 1, maximum: 99 } }),
    },
  },
});

describe("the answer with jumps", { timeout: 300_000 }, () => {
  it.each([
    ["the backend's outfit plan", createPlanJsonSchema(), wedding],
    [
      "an outfit plan for another brief",
      createPlanJsonSchema(),
      createBriefMessages("a job interview", "£400"),
    ],
    ["an extraction with enums, numbers and optional fields", EXTRACTION, wedding],
    ["nested arrays", NESTED, wedding],
    ["an enum alone", { enum: ["spring", "summer", "winter"] }, wedding],
    ["a text that is given whole", { const: "for sure" }, wedding],
  ])("is greedily the same as without: %s", async (_name, schema, messages) => {
    const request = { ...underSchema(schema), messages, max_tokens: 500 };
    const expected = await ask(plain, request);
    // Asked again the guesses come from the answer itself.
    for (let round = 0; round < 2; round++) {
      const { text, reason, tokens } = await ask(jumping, request);
      if (await isTiedWhereTheyPart(request, expected.text, text)) continue;
      expect([text, reason]).toEqual([expected.text, expected.reason]);
      // Where the answer ends without a choice the plain engine still samples the end of the text.
      expect(Math.abs((tokens ?? 0) - (expected.tokens ?? 0))).toBeLessThanOrEqual(2);
    }
  });

  it("is greedily the same without a schema", async () => {
    const request = { temperature: 0, messages: wedding, max_tokens: 120 };
    const expected = await ask(plain, request);
    for (let round = 0; round < 2; round++) {
      const answer = await ask(jumping, request);
      if (await isTiedWhereTheyPart(request, expected.text, answer.text)) continue;
      expect(answer).toEqual(expected);
    }
  });

  it("keeps to its schema and repeats itself by seed when it is not greedy", async () => {
    const request = { ...underSchema(UNKNOWN), temperature: 1, seed: 5, messages: wedding };
    const first = await ask(jumping, request);
    expect(first.reason).toBe("stop");
    expect(["spring", "summer", "autumn", "winter"]).toContain(JSON.parse(first.text).season);
    expect((await ask(jumping, request)).text).toBe(first.text);
  });

  it("takes fewer tokens where the model does not know the keys", async () => {
    const request = { ...underSchema(UNKNOWN), messages: wedding };
    const { text, tokens } = await ask(jumping, request);
    const sampled = await ask(plain, request);
    expect(Object.keys(JSON.parse(text))).toEqual(Object.keys(JSON.parse(sampled.text)));
    expect(tokens).toBeLessThan((sampled.tokens ?? 0) * 0.8);
  });
});

describe("limits within forced text", { timeout: 120_000 }, () => {
  const plan = { ...underSchema(createPlanJsonSchema()), messages: wedding };

  it.each([1, 2, 3, 5, 8, 13, 21, 34])(
    "stops at a cap of %i tokens where the plain engine does",
    async (max_tokens) => {
      const { text, reason, tokens } = await ask(jumping, { ...plan, max_tokens });
      expect(tokens).toBe(max_tokens);
      expect(reason).toBe("length");
      expect(text).toBe((await ask(plain, { ...plan, max_tokens })).text);
    },
  );

  it("cuts before a stop text that lies in what is forced", async () => {
    const request = { ...plan, stop: ['fits":['], max_tokens: 100 };
    const { text, reason } = await ask(jumping, request);
    expect([text, reason]).toEqual(['{"out', "stop"]);
  });

  it("streams the same text that it gives at once", async () => {
    const stream = await jumping.stream(createCall({ ...plan, max_tokens: 90, stream: true }));
    expect(joinText(await collect(stream.chunks))).toBe(
      (await ask(jumping, { ...plan, max_tokens: 90 })).text,
    );
  });
});
