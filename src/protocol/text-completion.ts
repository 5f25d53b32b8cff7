import { z } from "zod";
import type { ChatCompletionChunk } from "./chat-chunk.ts";
import type { ChatCompletion } from "./chat-completion.ts";
import type { ChoiceLogprobs } from "./chat-logprobs.ts";
import type { ChatCompletionRequest } from "./chat-request.ts";
import { OpenAiError } from "./openai-error.ts";

/** What the legacy interface writes when nobody says how much. */
const DEFAULT_MAX_TOKENS = 16;
const MAX_PROMPTS = 64;

/** A legacy text completion request. Prompts as token ids would need the target's own vocabulary. */
export const textCompletionRequestSchema = z.looseObject({
  model: z.string().min(1),
  prompt: z.union([z.string(), z.array(z.string()).min(1).max(MAX_PROMPTS)]),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.number().int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  n: z.number().int().min(1).max(128).nullish(),
  best_of: z.number().int().min(1).max(20).nullish(),
  logprobs: z.number().int().min(0).max(5).nullish(),
  echo: z.boolean().nullish(),
  suffix: z.string().nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  logit_bias: z.record(z.string(), z.number().min(-100).max(100)).nullish(),
  seed: z.number().int().nullish(),
  user: z.string().nullish(),
});
export type TextCompletionRequest = z.infer<typeof textCompletionRequestSchema>;

/** One chat request for each prompt. Throws OpenAiError 400 for what chat models cannot do. */
export function convertTextRequestToChat(request: TextCompletionRequest): ChatCompletionRequest[] {
  const { prompt, suffix, best_of: bestOf, echo: _echo, logprobs, max_tokens, ...rest } = request;
  const prompts = typeof prompt === "string" ? [prompt] : prompt;
  if (suffix) throw refuse("suffix", "'suffix' is not supported: chat models write at the end only.");
  if (bestOf != null && bestOf !== (request.n ?? 1)) {
    throw refuse("best_of", "'best_of' is not supported unless it equals 'n'.");
  }
  if (request.stream && prompts.length > 1) {
    throw refuse("prompt", "Several prompts cannot be streamed in one request.");
  }
  return prompts.map((content) => ({
    ...rest,
    max_tokens: max_tokens ?? DEFAULT_MAX_TOKENS,
    ...(logprobs != null && { logprobs: true, top_logprobs: logprobs }),
    messages: [{ role: "user", content }],
  }));
}

function refuse(param: string, reason: string): OpenAiError {
  return new OpenAiError(`Unsupported parameter: ${reason}`, {
    status: 400,
    param,
    code: "unsupported_parameter",
  });
}

interface TextStamp {
  readonly id: string;
  /** What the text begins with, when the request wants its prompt back. */
  readonly prefix: (choiceIndex: number) => string;
}

/** How the legacy interface writes `echo`: each prompt has `n` choices. */
export function createPrefix({ prompt, echo, n }: TextCompletionRequest): TextStamp["prefix"] {
  if (!echo) return () => "";
  const prompts = typeof prompt === "string" ? [prompt] : prompt;
  return (index) => prompts[Math.floor(index / (n ?? 1))] ?? "";
}

/** The chat answers to the prompts, in order, as one text completion. */
export function convertCompletionsToText(
  completions: readonly ChatCompletion[],
  { id, prefix }: TextStamp,
): object {
  const [first] = completions;
  const choices = completions
    .flatMap((completion) => completion.choices)
    .map(({ message, finish_reason, logprobs }, index) => ({
      text: prefix(index) + (message.content ?? ""),
      index,
      logprobs: convertLogprobs(logprobs, prefix(index).length),
      finish_reason,
    }));
  const usages = completions.map(({ usage }) => usage ?? null);
  const sum = (pick: (usage: NonNullable<(typeof usages)[number]>) => number) =>
    usages.reduce((total, usage) => total + (usage === null ? 0 : pick(usage)), 0);
  return {
    id,
    object: "text_completion",
    created: first?.created ?? 0,
    model: first?.model ?? "",
    choices,
    ...(!usages.includes(null) && {
      usage: {
        prompt_tokens: sum((usage) => usage.prompt_tokens),
        completion_tokens: sum((usage) => usage.completion_tokens),
        total_tokens: sum((usage) => usage.total_tokens),
      },
    }),
  };
}

/** A chunk of the chat answer as one of a text completion; null when there is nothing in it for a text. */
export function convertChunkToText(chunk: ChatCompletionChunk, { id, prefix }: TextStamp): object | null {
  const { created, model, choices, usage } = chunk;
  const texts = choices.flatMap(({ index, delta, finish_reason, logprobs }) => {
    const opening = delta.role ? prefix(index) : "";
    const text = opening + (delta.content ?? "");
    if (text === "" && !finish_reason) return [];
    return [
      {
        text,
        index,
        logprobs: convertLogprobs(logprobs, opening.length),
        finish_reason: finish_reason ?? null,
      },
    ];
  });
  if (texts.length === 0 && choices.length > 0) return null;
  const shared = { id, object: "text_completion", created, model, choices: texts };
  return usage === undefined ? shared : { ...shared, usage };
}

function convertLogprobs(logprobs: ChoiceLogprobs | null | undefined, start: number): object | null {
  const tokens = logprobs?.content;
  if (!tokens) return null;
  let offset = start;
  return {
    tokens: tokens.map(({ token }) => token),
    token_logprobs: tokens.map(({ logprob }) => logprob),
    top_logprobs: tokens.map(({ top_logprobs }) =>
      Object.fromEntries(top_logprobs.map(({ token, logprob }) => [token, logprob])),
    ),
    text_offset: tokens.map(({ token }) => {
      offset += token.length;
      return offset - token.length;
    }),
  };
}
