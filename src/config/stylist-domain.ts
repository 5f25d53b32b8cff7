import type { AnswerFormats } from "../gateway/answer-format.ts";
import type { RecognisedRequest, RequestDomain } from "../gateway/request-domain.ts";
import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import { buildBackendText } from "../style/backend-text.ts";
import type { Brief } from "../style/brief.ts";
import { checkAnswer } from "../style/checks/check-answer.ts";
import { findLongestProse } from "../style/constraint/outfit-texts.ts";
import { findLongestBrand } from "../style/constraint/pick-brands.ts";
import { NO_LIMITS, type PlanLimits } from "../style/constraint/plan-limits.ts";
import { findHighestPrice, type PurseOptions } from "../style/constraint/purse.ts";
import { readPlanLimits } from "../style/constraint/read-plan-limits.ts";
import { createStylistConstraint } from "../style/constraint/stylist-constraint.ts";
import type { Lexicon } from "../style/load-lexicon.ts";
import { parseBrief } from "../style/parse-brief.ts";
import { ITEM_TYPES } from "../style/plan.ts";
import { recogniseRequest } from "../style/recognise-request.ts";
import { createExamplePlans } from "./example-plans.ts";
import { parseLenientForm, parseLenientProfile } from "./lenient-form.ts";

export interface StylistDomainOptions {
  readonly lexicon: Lexicon;
  readonly formats: AnswerFormats;
}

/** The stylist as the gateway knows it. */
export function createStylistDomain({ lexicon, formats }: StylistDomainOptions): RequestDomain {
  function understand(
    brief: Brief,
    request: Pick<ChatCompletionRequest, "response_format">,
  ): RecognisedRequest {
    return {
      createConstraint() {
        const limits = pickLimits(request.response_format, { brief, lexicon, formats });
        return limits === null ? null : createStylistConstraint({ brief, lexicon, limits });
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

/** What the asked format leaves of the constraint's plans; null when it has to steer alone. */
function pickLimits(
  asked: ChatCompletionRequest["response_format"],
  { brief, lexicon, formats }: StylistDomainOptions & { readonly brief: Brief },
): PlanLimits | null {
  const format = formats.forFormat(asked);
  if (format === null) return NO_LIMITS;
  if (!format.isChecked) return null;
  const schema = asked?.type === "json_schema" ? asked.json_schema.schema : null;
  if (schema === null || schema === undefined) return NO_LIMITS;
  const highestPrice = (of: Pick<PurseOptions, "counts" | "isWhole">) =>
    findHighestPrice({ budget: brief.budget, ...of }, lexicon.garments);
  const limits = readPlanLimits(schema, {
    outfits: brief.outfits,
    longestProse: findLongestProse(brief),
    longestBrand: findLongestBrand({ brief, lexicon }),
    highestPrice,
  });
  if (limits === null) return null;
  // Patterns are not read: a schema that takes the examples takes the answers.
  const takesAll = (each: PlanLimits) => {
    const highest = highestPrice({ counts: each.counts, isWhole: each.wholePrices });
    const plans = createExamplePlans({ limits: each, brief, highestPrice: highest });
    return plans.every((plan) => format.findFault(plan) === null);
  };
  return [limits, { ...limits, wholePrices: true }].find(takesAll) ?? null;
}
