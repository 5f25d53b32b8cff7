import { spliceMembers } from "../../protocol/splice-json.ts";
import type { Provider } from "../provider.ts";
import { parseEmbeddings } from "./answers/parse-embeddings.ts";
import { pickRateLimits } from "./calls/rate-limits.ts";
import { readWhole } from "./calls/read-whole.ts";
import type { ChatCallsOptions } from "./chat-calls.ts";

export type EmbeddingCallsOptions = Pick<ChatCallsOptions, "open" | "locate" | "secret">;

/** Embeddings of one upstream. */
export function createEmbeddingCalls(options: EmbeddingCallsOptions): Required<Pick<Provider, "embed">> {
  const { open, locate, secret } = options;
  return {
    async embed({ bodyText, model, signal, priority, requestId, onRetry }) {
      const opened = await open({
        method: "POST",
        path: locate("embeddings", model),
        body: spliceMembers(bodyText, new Map([["model", model]])),
        signal,
        requestId,
        onRetry,
        model,
        isStream: false,
        mayRetry: priority === "primary",
      });
      const embeddings = await readWhole(opened, (text) => parseEmbeddings(text, { secret }));
      const facts = {
        dropped: [],
        modelVersion: embeddings.model ?? null,
        adapter: null,
        decoding: null,
        promptVersion: null,
        interventions: null,
        rateLimits: pickRateLimits(opened.response),
      };
      return { embeddings, facts };
    },
  };
}
