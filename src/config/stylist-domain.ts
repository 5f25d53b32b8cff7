import type { AnswerFormat, AnswerFormats } from "../gateway/answer-format.ts";
import type { RecognisedRequest, RequestDomain } from "../gateway/request-domain.ts";
import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import { buildBackendText } from "../style/backend-text.ts";
import type { Brief } from "../style/brief.ts";
import { checkAnswer } from "../style/checks/check-answer.ts";
import { createStylistConstraint } from "../style/constraint/stylist-constraint.ts";
import type { Lexicon } from "../style/load-lexicon.ts";
import { parseBrief } from "../style/parse-brief.ts";
import { ITEM_TYPES } from "../style/plan.ts";
import { recogniseRequest } from "../style/recognise-request.ts";
import { parseLenientForm, parseLenientProfile } from "./lenient-form.ts";

export interface StylistDomainOptions {
  readonly lexicon: Lexicon;
  readonly formats: AnswerFormats;
  readonly random: () => number;
}

type PriceForm = "string" | "number";

/** The stylist as the gateway knows it. */
export function createStylistDomain({ lexicon, formats, random }: StylistDomainOptions): RequestDomain {
  function understand(
    brief: Brief,
    request: Pick<ChatCompletionRequest, "response_format">,
  ): RecognisedRequest {
    return {
      createConstraint() {
        const priceForm = pickPriceForm(formats.forFormat(request.response_format), brief);
        return priceForm === null ? null : createStylistConstraint({ brief, lexicon, random, priceForm });
      },
      judge(answer) {
        const hardChecks = checkAnswer(answer, brief, lexicon);
        const isPlan = hardChecks.every(({ name, ok }) => ok || (name !== "json" && name !== "schema"));
        return { schema: isPlan ? "pass" : "fail", hardChecks };
      },
    };
  }

  return {
    recognise(request) {
      const brief = recogniseRequest(request, lexicon);
      return brief === null ? null : understand(brief, request);
    },

    createRequest(input) {
      const form = parseLenientForm(input.form);
      const profile = parseLenientProfile(input.profile);
      const brief = parseBrief({ form, profile, outfits: input.outfits }, lexicon);
      const responseFormat = { type: "json_object" as const };
      return {
        messages: [
          { role: "system", content: createSystemText(brief.outfits) },
          { role: "user", content: buildBackendText(form, profile) },
        ],
        responseFormat,
        recognised: understand(brief, { response_format: responseFormat }),
      };
    },
  };
}

/** What a model that was not trained on the form needs to be told. */
function createSystemText(outfits: number): string {
  const count = outfits === 1 ? "exactly one outfit" : `exactly ${outfits} outfits`;
  return [
    `You are a stylist. Answer with JSON only, ${count}, in this form:`,
    '{"outfits":[{"looks":"...","description":"...","items":[{"query":"...","key":"...","type":"...","min":"...","max":"...","brand":"..."}]}]}',
    `Each item's query is a product search of 2 to 10 words; type is one of ${ITEM_TYPES.join(", ")}; min and max are prices.`,
    "The max prices of an outfit add up to no more than the budget. Use the preferred brands only, when some are named.",
  ].join("\n");
}

/** How prices must be written for the plan to hold to the asked format; null when it cannot. */
function pickPriceForm(format: AnswerFormat | null, brief: Brief): PriceForm | null {
  if (format === null) return "string";
  if (!format.isChecked) return null;
  const forms: readonly PriceForm[] = ["string", "number"];
  return (
    forms.find((form) =>
      [3, 6].every((items) => format.findFault(createExample({ form, items, brief })) === null),
    ) ?? null
  );
}

/** A plan that stands for what the constraint writes: a schema that takes the examples takes the answers. */
function createExample({ form, items, brief }: { form: PriceForm; items: number; brief: Brief }): string {
  const price = (value: number) => (form === "string" ? String(value) : value);
  const outfit = {
    looks: "Clean lines in navy",
    description: "A simple outfit for the day.",
    items: ITEM_TYPES.slice(0, items).map((type) => ({
      query: `navy ${type}`,
      key: type,
      type,
      min: price(20),
      max: price(40),
      brand: brief.brands[0] ?? "uniqlo",
    })),
  };
  return JSON.stringify({ outfits: Array.from({ length: brief.outfits }, () => outfit) });
}
