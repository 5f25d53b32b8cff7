import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import {
  type EmbeddingsAnswer,
  type EmbeddingsRequest,
  embeddingsRequestSchema,
} from "../protocol/embeddings.ts";
import { OpenAiError } from "../protocol/openai-error.ts";
import type { EmbedCall, Provider } from "../providers/provider.ts";
import { ProviderError } from "../providers/provider-error.ts";
import type { Target } from "../routing/route.ts";
import { askTargets } from "./ask-targets.ts";
import type { AnswerCache } from "./cache/answer-cache.ts";
import { createCachedAnswer, endLead, repeatEmbeddings } from "./cache/trace-answer.ts";
import type { GatewayContext } from "./gateway-env.ts";
import type { InferenceTrace } from "./inference-trace.ts";
import { parseInput } from "./parse-input.ts";
import type { InferenceServer } from "./serve-inference.ts";
import type { RequestTaker } from "./take-request.ts";
import { listTargetsInOrder } from "./target-order.ts";

export interface EmbeddingsDeps {
  readonly taker: RequestTaker;
  readonly server: InferenceServer;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly cache: Pick<AnswerCache, "visit">;
  readonly now: () => number;
}

/** What the client asks for, and its own text of it. */
type Asked = Pick<EmbedCall, "request" | "bodyText">;

/**
 * `POST /v1/embeddings`: routed and logged like every inference. Asked is the first target that makes embeddings, and
 * after it those that run the same model.
 */
export function createEmbeddingsHandler({ taker, server, providers, cache, now }: EmbeddingsDeps) {
  function ask(trace: InferenceTrace, { request, bodyText }: Asked): Promise<EmbeddingsAnswer> {
    const able = listTargetsInOrder(trace, providers).filter((target) => canEmbed(providers, target));
    const [first] = able;
    if (first === undefined) throw createUnableError(request.model);
    return askTargets({
      trace,
      // Vectors of two models cannot be compared: another model's would be worse than none.
      order: able.filter(({ model }) => model === first.model),
      request: trace.intake.request,
      providers,
      now,
      ask: async ({ provider, call, succeed }) => {
        const { model, signal, priority, requestId, onRetry } = call;
        const made = await provider.embed?.({
          request,
          bodyText,
          model,
          signal,
          priority,
          requestId,
          onRetry,
        });
        if (made === undefined) {
          throw new ProviderError("It makes no embeddings.", { kind: "model_not_found" });
        }
        succeed();
        trace.facts = made.facts;
        return { kind: "good", answer: made.embeddings };
      },
    });
  }

  async function embed(trace: InferenceTrace, asked: Asked): Promise<EmbeddingsAnswer> {
    const visit = await cache.visit(trace.intake);
    trace.cache = visit.state;
    if (visit.state === "hit") return repeatEmbeddings(trace, visit.answer);
    const lead = visit.state === "miss" ? visit.lead : null;
    try {
      const embeddings = await ask(trace, asked);
      lead?.keep(createCachedAnswer(trace, { embeddings }));
      return embeddings;
    } catch (error) {
      if (lead !== null) endLead(trace, lead);
      throw error;
    }
  }

  async function answer(trace: InferenceTrace, asked: Asked): Promise<string> {
    const embeddings = await embed(trace, asked);
    const { usage } = embeddings;
    const { prompt_tokens = 0, total_tokens = 0 } = usage ?? {};
    trace.usage = usage ? { prompt_tokens, completion_tokens: 0, total_tokens } : null;
    return JSON.stringify({ ...embeddings, model: asked.request.model });
  }

  return (c: GatewayContext): Promise<Response> =>
    taker.handle(c, async ({ takeIn, readBodyText }) => {
      const { text: bodyText, value } = await readBodyText();
      const request = parseInput(embeddingsRequestSchema, value);
      const intake = takeIn({ endpoint: "embeddings", request: createLoggedRequest(request) });
      return server.serve(intake, (trace) => answer(trace, { request, bodyText }));
    });
}

function canEmbed(providers: EmbeddingsDeps["providers"], { provider: id, model }: Target): boolean {
  const provider = providers.get(id);
  return provider?.embed !== undefined && provider.canEmbed?.(model) !== false;
}

/** What the log keeps: the request as it came, in the one form that log rows have. */
function createLoggedRequest(request: EmbeddingsRequest): ChatCompletionRequest {
  return { messages: [], ...request };
}

function createUnableError(model: string): OpenAiError {
  return new OpenAiError(`The model '${model}' does not make embeddings.`, {
    status: 400,
    param: "model",
    code: "model_not_supported",
  });
}
