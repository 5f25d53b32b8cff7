import { describe, expect, test } from "vitest";
import { createStylistDomain } from "../../src/config/stylist-domain.ts";
import { createAnswerFormats } from "../../src/gateway/answer-format.ts";
import { parseChatRequest } from "../../src/protocol/parse-chat-request.ts";
import type { ConstraintStep } from "../../src/providers/decoding-constraint.ts";
import { loadLexicon } from "../../src/style/load-lexicon.ts";
import { createBackendRequest, createPlanFormat } from "../support/backend-request.ts";

const formats = createAnswerFormats();
const domain = createStylistDomain({ lexicon: loadLexicon("data/style"), formats });

/** As the gateway does it: the asked format is prepared before anything is made of the request. */
async function recognise(fields: object = {}) {
  const request = parseChatRequest({ ...createBackendRequest(), ...fields });
  await formats.prepare(request.response_format);
  return domain.recognise(request);
}

function createBoundedFormat(field: "price" | "query" | "description", bound: object) {
  const format = createPlanFormat("number");
  const keys = field === "price" ? ["min", "max"] : [field];
  const text = JSON.stringify(format, (key, value: unknown) =>
    keys.includes(key) && typeof value === "object" ? { ...value, ...bound } : value,
  );
  return JSON.parse(text);
}

describe("a chat request", () => {
  test("of the backend is recognised and steered, whatever JSON it asks for", async () => {
    expect((await recognise())?.createConstraint()).toMatchObject({ name: "stylist-plan" });
    expect(
      (await recognise({ response_format: createPlanFormat("string") }))?.createConstraint(),
    ).not.toBeNull();
    expect(
      (await recognise({ response_format: createPlanFormat("number") }))?.createConstraint(),
    ).not.toBeNull();
    expect((await recognise({ response_format: undefined }))?.createConstraint()).not.toBeNull();
  });

  test("that asks for something else in JSON is not steered", async () => {
    const schema = { type: "object", properties: { colour: { type: "string" } }, required: ["colour"] };
    const response_format = { type: "json_schema", json_schema: { name: "colour", schema } };
    expect((await recognise({ response_format }))?.createConstraint()).toBeNull();
  });

  test.each<[string, "price" | "query" | "description", object, boolean]>([
    ["no limit", "price", { minimum: 0, maximum: 5000 }, true],
    ["no limit", "price", { maximum: 1000 }, false],
    ["$200-300", "price", { maximum: 300 }, true],
    // It pays for no outfit, so prices are the garments' usual ones.
    ["0.02", "price", { maximum: 50 }, false],
    ["$200-300", "query", { maxLength: 120 }, true],
    ["$200-300", "query", { minLength: 3 }, true],
    ["$200-300", "description", { minLength: 1, maxLength: 1000 }, true],
    ["$200-300", "description", { maxLength: 60 }, false],
  ])("for %s that bounds a %s by %j is steered: %s", async (budget, field, bound, isSteered) => {
    const text = `The user is preparing for: a wedding.\nPreferred brands: any.\nBudget (currency or range as entered): ${budget}.`;
    const { messages } = createBackendRequest(text);
    const response_format = createBoundedFormat(field, bound);
    const recognised = await recognise({ messages, response_format });
    expect(recognised?.createConstraint() != null).toBe(isSteered);
  });

  test("of somebody else is not recognised", async () => {
    expect(await recognise({ messages: [{ role: "user", content: "Tell me about Paris." }] })).toBeNull();
  });
});

test("prices are written as the asked schema wants them", async () => {
  for (const price of ["string", "number"] as const) {
    const recognised = await recognise({ response_format: createPlanFormat(price) });
    const program = recognised?.createConstraint()?.start(1);
    const texts: string[] = [];
    // Fields get a stock answer: what follows them is what is looked at.
    let step: ConstraintStep | undefined = program?.next(null);
    for (let count = 0; step !== undefined && step.kind !== "done" && count < 400; count += 1) {
      if (step.kind === "text") texts.push(step.text);
      if (step.kind === "replace") texts.push(step.text);
      step = program?.next(
        step.kind === "field" ? { text: `linen dress${step.stops[0]}`, complete: true } : null,
      );
    }
    expect(texts.join("")).toMatch(price === "string" ? /"min":"\d/ : /"min":\d/);
  }
});

test("an answer is judged: no plan fails its schema, a plan is told check by check", async () => {
  const request = await recognise();
  expect(request?.judge("hello").schema).toBe("fail");
  const verdicts = request?.judge('{"outfits":[{"looks":"a","description":"b","items":[]}]}');
  expect(verdicts?.schema).toBe("pass");
  expect(verdicts?.hardChecks.find(({ name }) => name === "item_count")?.ok).toBe(false);
});

describe("a form", () => {
  test("becomes a request the domain recognises again, whatever types its fields have", async () => {
    const { messages, responseFormat } = domain.createRequest({
      form: {
        preparing_for: "a wedding",
        preferred_brand: ["Zara", "Mango"],
        budget: 250,
        description: null,
      },
      profile: { gender: "female", age: "29", heightCm: "tall", imageTags: "linen, blue", unknown: {} },
      outfits: 2,
    });
    expect(messages.at(-1)?.content).toContain("Budget (currency or range as entered): 250.");
    expect(messages.at(-1)?.content).toContain("Image tags: linen, blue.");
    expect(messages.at(-1)?.content).toContain("age: 29");
    const again = domain.recognise({ model: "stylist", messages, response_format: responseFormat });
    expect(again).not.toBeNull();
  });

  test("of nothing at all is still a request", async () => {
    expect(domain.createRequest({ form: {}, profile: {}, outfits: undefined }).messages).toHaveLength(2);
  });
});
