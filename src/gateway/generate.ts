import { z } from "zod";
import type { ChatCompletion } from "../protocol/chat-completion.ts";
import { OpenAiError } from "../protocol/openai-error.ts";
import { ProviderError } from "../providers/provider-error.ts";
import { type GatewayContext, readHeader } from "./gateway-env.ts";
import { parseInput } from "./parse-input.ts";
import type { RequestDomain } from "./request-domain.ts";
import type { InferenceServer } from "./serve-inference.ts";
import type { RequestTaker } from "./take-request.ts";

/** Callers of the form endpoint are taken as they are: what `form` and `profile` hold is the domain's to read. */
const generateBodySchema = z.looseObject({
  form: z.looseObject({}),
  profile: z.looseObject({}).nullish(),
  outfits: z.coerce.number().int().min(1).max(5).nullish(),
  envelope: z.boolean().nullish(),
  /** False: nothing of the contents is kept. */
  store: z.boolean().nullish(),
});

export interface GenerateDeps {
  readonly taker: RequestTaker;
  readonly server: InferenceServer;
  readonly domain: RequestDomain;
  /** Name of the route that answers forms. */
  readonly routeName: string;
}

/** `POST /generate`: form and profile in, the plan itself out (or `{ data: plan }` for callers that ask for it). */
export function createGenerateHandler({ taker, server, domain, routeName }: GenerateDeps) {
  return (c: GatewayContext): Promise<Response> =>
    taker.handle(c, async ({ takeIn, readBody }) => {
      const body = parseInput(generateBodySchema, nestForm(await readBody()));
      const { messages, responseFormat, recognised } = domain.createRequest({
        form: body.form,
        profile: body.profile ?? {},
        outfits: body.outfits ?? undefined,
      });
      const intake = takeIn({
        endpoint: "generate",
        request: {
          model: routeName,
          messages,
          response_format: responseFormat,
          ...(body.store === false && { store: false }),
        },
        routeName,
        recognised,
      });
      const isWrapped = body.envelope === true || readHeader(c, "x-tailor-envelope") === "data";
      return server.serveWhole(intake, (completion) => renderPlan(completion, isWrapped));
    });
}

/** A form sent without its wrapping is taken for one. */
function nestForm(body: unknown): unknown {
  if (typeof body !== "object" || body === null || "form" in body || !("preparing_for" in body)) return body;
  const absent = { profile: null, outfits: null, envelope: null, store: null };
  const { profile, outfits, envelope, store, ...form } = { ...absent, ...body };
  return { form, profile, outfits, envelope, store };
}

function renderPlan(completion: ChatCompletion, isWrapped: boolean): string {
  const [choice] = completion.choices;
  const content = choice?.message.content ?? "";
  if (choice?.finish_reason === "length") {
    // No length is asked for here: it was the model's context.
    throw new OpenAiError("The model's context is too short for the form and so many outfits.", {
      status: 400,
      code: "context_length_exceeded",
      param: "outfits",
    });
  }
  try {
    const plan: unknown = JSON.parse(content);
    return isWrapped ? JSON.stringify({ data: plan }) : content;
  } catch (cause) {
    throw new ProviderError("The answer is not valid JSON.", { kind: "invalid_response", cause });
  }
}
