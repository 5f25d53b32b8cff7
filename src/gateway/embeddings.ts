import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import { type EmbeddingsRequest, embeddingsRequestSchema } from "../protocol/embeddings.ts";
import { OpenAiError } from "../protocol/openai-error.ts";
import type { Provider } from "../providers/provider.ts";
import { ProviderError } from "../providers/provider-error.ts";
import { askTargets } from "./ask-targets.ts";
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
  readonly now: () => number;
}

/** `POST /v1/embeddings`: routed and logged like every inference; asked are the targets that make embeddings. */
export function createEmbeddingsHandler({ taker, server, providers, now }: EmbeddingsDeps) {
  async function embed(trace: InferenceTrace, request: EmbeddingsRequest): Promise<string> {
    const able = listTargetsInOrder(trace, providers).filter(
      ({ provider }) => providers.get(provider)?.embed !== undefined,
    );
    if (able.length === 0) throw createUnableError(request.model);
    const answer = await askTargets({
      trace,
      order: able,
      request: trace.intake.request,
      providers,
      now,
      ask: async ({ provider, call, succeed }) => {
        const { model, signal, requestId } = call;
        const made = await provider.embed?.({ request, model, signal, requestId });
        if (made === undefined)
          throw new ProviderError("It makes no embeddings.", { kind: "model_not_found" });
        succeed();
        return { kind: "good", answer: made };
      },
    });
    const { prompt_tokens, total_tokens } = answer.usage ?? { prompt_tokens: 0, total_tokens: 0 };
    trace.usage = answer.usage ? { prompt_tokens, completion_tokens: 0, total_tokens } : null;
    return JSON.stringify({ ...answer, model: request.model });
  }

  return (c: GatewayContext): Promise<Response> =>
    taker.handle(c, async ({ takeIn, readBody }) => {
      const request = parseInput(embeddingsRequestSchema, await readBody());
      const intake = takeIn({ endpoint: "embeddings", request: createLoggedRequest(request) });
      return server.serve(intake, (trace) => embed(trace, request));
    });
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
