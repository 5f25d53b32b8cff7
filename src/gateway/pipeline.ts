import type { ChatCompletionChunk } from "../protocol/chat-chunk.ts";
import type { ChatCompletion } from "../protocol/chat-completion.ts";
import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import { collectCompletion } from "../protocol/collect-completion.ts";
import { createCompletionId } from "../protocol/ids.ts";
import type { Provider } from "../providers/provider.ts";
import type { AnswerFormat, AnswerFormats } from "./answer-format.ts";
import { type Asked, askTargets } from "./ask-targets.ts";
import type { Attempt } from "./attempt.ts";
import type { AnswerCache, CacheLead } from "./cache/answer-cache.ts";
import { keepStream } from "./cache/keep-stream.ts";
import { createCachedAnswer, endLead, repeatCompletion } from "./cache/trace-answer.ts";
import { convertToClientChunks } from "./client-chunks.ts";
import { convertCompletionToChunks } from "./completion-to-chunks.ts";
import type { InferenceTrace } from "./inference-trace.ts";
import { noteAnswer } from "./note-answer.ts";
import { allowCutText, namesStop } from "./stopped-answer.ts";
import { askForStream } from "./streamed-answer.ts";
import { listTargetsInOrder } from "./target-order.ts";
import { askForWholeAnswer } from "./whole-answer.ts";

export interface PipelineDeps {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly cache: Pick<AnswerCache, "visit">;
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
  async function prepareFormat({ request, signal }: InferenceTrace["intake"]): Promise<AnswerFormat | null> {
    const format = await formats.prepare(request.response_format, signal);
    return format !== null && namesStop(request) ? allowCutText(format) : format;
  }

  function ask<Answer>(
    trace: InferenceTrace,
    options: { request: ChatCompletionRequest; ask: (attempt: Attempt) => Promise<Asked<Answer>> },
  ): Promise<Answer> {
    const order = listTargetsInOrder(trace, providers);
    return askTargets({ trace, order, providers, now, ...options });
  }

  function askWhole(trace: InferenceTrace, format: AnswerFormat | null): Promise<ChatCompletion> {
    return ask(trace, {
      request: { ...trace.intake.request, stream: false },
      ask: (attempt) => askForWholeAnswer({ attempt, trace, format }),
    });
  }

  function askStream(trace: InferenceTrace, format: AnswerFormat | null) {
    const { request, route } = trace.intake;
    return ask(trace, {
      // The log wants the usage whether or not the client does.
      request: {
        ...request,
        stream: true,
        stream_options: { ...request.stream_options, include_usage: true },
      },
      ask: (attempt) => {
        // A local model decodes inside the format, so its words can go out as they come.
        const isBuffered = route.streamValidation === "buffer" && attempt.provider.kind !== "llama-cpp";
        return askForStream({ attempt, trace, format, isBuffered });
      },
    });
  }

  return {
    async complete(trace) {
      const format = await prepareFormat(trace.intake);
      const visit = await cache.visit(trace.intake);
      trace.cache = visit.state;
      if (visit.state === "hit") return stampAnswer(trace, repeatCompletion(trace, visit.answer));
      const lead = visit.state === "miss" ? visit.lead : null;
      const completion = await askWhole(trace, format).catch((error) => giveUp({ trace, lead, error }));
      lead?.keep(createCachedAnswer(trace, { completion }));
      return stampAnswer(trace, completion);
    },

    async stream(trace) {
      const format = await prepareFormat(trace.intake);
      const visit = await cache.visit(trace.intake);
      trace.cache = visit.state;
      if (visit.state === "hit") {
        const repeated = convertCompletionToChunks(repeatCompletion(trace, visit.answer));
        return convertToClientChunks(repeated, trace);
      }
      const lead = visit.state === "miss" ? visit.lead : null;
      const chunks = await askStream(trace, format).catch((error) => giveUp({ trace, lead, error }));
      trace.ttftMs = now() - trace.intake.startedAt;
      return convertToClientChunks(lead === null ? chunks : keepForCache({ chunks, trace, lead }), trace);
    },
  };
}

/** Passes a stream through and keeps the whole answer once it has ended well. */
function keepForCache(options: {
  chunks: AsyncIterable<ChatCompletionChunk>;
  trace: InferenceTrace;
  lead: CacheLead;
}): AsyncIterable<ChatCompletionChunk> {
  const { chunks, trace, lead } = options;
  return keepStream({
    chunks,
    maxBytes: lead.maxBytes,
    onWhole: (whole) => {
      const completion = whole === null ? null : collectCompletion(whole);
      lead.keep(completion === null ? null : createCachedAnswer(trace, { completion }));
    },
    onLost: () => endLead(trace, lead),
  });
}

function giveUp({
  trace,
  lead,
  error,
}: {
  trace: InferenceTrace;
  lead: CacheLead | null;
  error: unknown;
}): never {
  if (lead !== null) endLead(trace, lead);
  throw error;
}

function stampAnswer(trace: InferenceTrace, completion: ChatCompletion): ChatCompletion {
  noteAnswer(trace, completion);
  const { request, id } = trace.intake;
  return { ...completion, id: createCompletionId(id), model: request.model };
}
