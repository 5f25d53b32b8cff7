import type { ChatCompletionChunk } from "../protocol/chat-chunk.ts";
import type { ChatCompletion } from "../protocol/chat-completion.ts";
import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import { collectCompletion } from "../protocol/collect-completion.ts";
import { createCompletionId } from "../protocol/ids.ts";
import type { Provider } from "../providers/provider.ts";
import { type AnswerCache, type CachedAnswer, isRepeatable } from "./answer-cache.ts";
import type { AnswerFormat, AnswerFormats } from "./answer-format.ts";
import { askTargets } from "./ask-targets.ts";
import type { Attempt } from "./attempt.ts";
import { convertToClientChunks } from "./client-chunks.ts";
import { convertCompletionToChunks } from "./completion-to-chunks.ts";
import type { InferenceTrace } from "./inference-trace.ts";
import { askForStream } from "./streamed-answer.ts";
import { listTargetsInOrder } from "./target-order.ts";
import { askForWholeAnswer, noteAnswer } from "./whole-answer.ts";

export interface PipelineDeps {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly cache: AnswerCache;
  readonly formats: AnswerFormats;
  readonly now: () => number;
}

/** From a routed request to its answer. Both functions write what happens into the trace and throw what failed. */
export interface Pipeline {
  complete(trace: InferenceTrace): Promise<ChatCompletion>;
  /** Resolves when the answer is certain to begin; until then another target can still take over. */
  stream(trace: InferenceTrace): Promise<AsyncIterable<ChatCompletionChunk>>;
}

export function createPipeline({ providers, cache, formats, now }: PipelineDeps): Pipeline {
  function ask<Answer>(
    trace: InferenceTrace,
    options: { request: ChatCompletionRequest; ask: (attempt: Attempt) => Promise<Answer> },
  ): Promise<Answer> {
    const order = listTargetsInOrder(trace, providers);
    return askTargets({ trace, order, providers, now, ...options });
  }

  return {
    async complete(trace) {
      const { request } = trace.intake;
      const format = formats.forFormat(request.response_format);
      const key = cache.keyOf(trace.intake);
      const cached = key === null ? undefined : readCache({ trace, cache, key });
      if (cached !== undefined) return stampAnswer(trace, cached);
      const completion = await ask(trace, {
        request: { ...request, stream: false },
        ask: (attempt) => askForWholeAnswer({ attempt, trace, format }),
      });
      if (key !== null) writeCache({ trace, cache, key, completion });
      return stampAnswer(trace, completion);
    },

    async stream(trace) {
      const { request, route } = trace.intake;
      const format = formats.forFormat(request.response_format);
      const key = cache.keyOf(trace.intake);
      const cached = key === null ? undefined : readCache({ trace, cache, key });
      if (cached !== undefined) return convertToClientChunks(convertCompletionToChunks(cached), trace);
      const chunks = await ask(trace, {
        // The log wants the usage whether or not the client does.
        request: {
          ...request,
          stream: true,
          stream_options: { ...request.stream_options, include_usage: true },
        },
        ask: (attempt) =>
          askForStream({
            attempt,
            trace,
            bufferedFormat: route.streamValidation === "buffer" ? pickBufferedFormat(attempt, format) : null,
          }),
      });
      trace.ttftMs = now() - trace.intake.startedAt;
      const kept = key === null ? chunks : keepForCache({ chunks, trace, cache, key });
      return convertToClientChunks(kept, trace);
    },
  };
}

/** Passes a stream through and keeps the whole answer once it has ended well. */
async function* keepForCache(options: {
  chunks: AsyncIterable<ChatCompletionChunk>;
  trace: InferenceTrace;
  cache: AnswerCache;
  key: string;
}): AsyncGenerator<ChatCompletionChunk, void, undefined> {
  const seen: ChatCompletionChunk[] = [];
  for await (const chunk of options.chunks) {
    seen.push(chunk);
    yield chunk;
  }
  const completion = collectCompletion(seen);
  if (completion !== null) writeCache({ ...options, completion });
}

/** A local model decodes inside the format, so its words can go out as they come; others are seen whole first. */
function pickBufferedFormat(attempt: Attempt, format: AnswerFormat | null): AnswerFormat | null {
  return attempt.provider.kind === "llama-cpp" ? null : format;
}

function stampAnswer(trace: InferenceTrace, completion: ChatCompletion): ChatCompletion {
  noteAnswer(trace, completion);
  const { request, id } = trace.intake;
  return { ...completion, id: createCompletionId(id), model: request.model };
}

function readCache(options: { trace: InferenceTrace; cache: AnswerCache; key: string }) {
  const { trace, cache, key } = options;
  const hit: CachedAnswer | undefined = cache.read(key);
  trace.cache = hit === undefined ? "miss" : "hit";
  if (hit === undefined) return undefined;
  trace.target = trace.intake.picked;
  trace.facts = hit.facts;
  trace.licenseClass = hit.licenseClass;
  return hit.completion;
}

/** A stand-in's answer is not kept: an outage would live on in the cache. */
function writeCache(options: {
  trace: InferenceTrace;
  cache: AnswerCache;
  key: string;
  completion: ChatCompletion;
}): void {
  const { trace, cache, key, completion } = options;
  const { facts, licenseClass, fallbackReason, intake } = trace;
  if (facts === null || licenseClass === null || fallbackReason !== null || !isRepeatable(completion)) return;
  cache.write({ key, answer: { completion, facts, licenseClass }, ttlMs: intake.route.cache.ttlMs });
}
