import type { ChatCompletionRequest } from "../../protocol/chat-request.ts";
import type { DecodingConstraint } from "../decoding-constraint.ts";
import type { ProviderCall } from "../provider.ts";
import { ProviderError } from "../provider-error.ts";
import type { DecodingMode, EngineChatMessage, EngineJob, EngineModel } from "./engine-messages.ts";
import { MAX_CHOICES } from "./field-support.ts";
import { CALL_OPEN } from "./tools/call-form.ts";
import type { ToolRequest } from "./tools/parse-tools.ts";
import { convertToEngineMessages } from "./tools/tool-history.ts";
import { addToolPrompt } from "./tools/tool-prompt.ts";

/** The tail of the vocabulary holds nothing that a plan should say: under a constraint it is not drawn from. */
const CONSTRAINED_TOP_K = 40;

export interface JobOptions {
  readonly call: ProviderCall;
  readonly model: EngineModel;
  readonly mode: DecodingMode;
  readonly seed: number;
  /** In force for this call; its messages replace the caller's, being the prompt the model was trained on. */
  readonly constraint: DecodingConstraint | null;
  readonly tools: ToolRequest | null;
  readonly isStreamed: boolean;
}

/** A call as the engine's job. */
export function createJob(options: JobOptions): Omit<EngineJob, "jobId"> {
  const { call, model, mode, seed, constraint, tools, isStreamed } = options;
  const { request } = call;
  const topLogprobs = request.logprobs === true ? (request.top_logprobs ?? 0) : null;
  return {
    model,
    messages: constraint?.messages ?? convertMessages(request, tools),
    sampling: {
      temperature: request.temperature ?? 1,
      topP: request.top_p ?? 1,
      topK: constraint === null ? null : CONSTRAINED_TOP_K,
      seed,
      isRepeatable: typeof request.seed === "number",
      presencePenalty: request.presence_penalty ?? 0,
      frequencyPenalty: request.frequency_penalty ?? 0,
      logitBias: parseLogitBias(request.logit_bias),
    },
    stop: toList(request.stop).filter((stop) => stop !== ""),
    ...(tools !== null && { stopsBefore: CALL_OPEN }),
    topLogprobs: constraint === null ? topLogprobs : null,
    maxTokens: request.max_completion_tokens ?? request.max_tokens ?? null,
    mode,
    isStreamed,
    priority: call.priority,
  };
}

function convertMessages(
  request: ChatCompletionRequest,
  tools: ToolRequest | null,
): readonly EngineChatMessage[] {
  const messages = convertToEngineMessages(request.messages);
  return tools === null ? messages : addToolPrompt(messages, tools);
}

/** Checks what the wire schema leaves to each model: how many choices, what goes with what. */
export function parseChoiceCount(request: ChatCompletionRequest): number {
  const count = request.n ?? 1;
  if (count > MAX_CHOICES) {
    throw new ProviderError(
      `Invalid 'n': integer above maximum value. Expected a value <= ${MAX_CHOICES}, but got ${count} instead.`,
      { kind: "invalid_request", code: "integer_above_max_value", param: "n" },
    );
  }
  return count;
}

export function refuseLoneTopLogprobs(request: ChatCompletionRequest): void {
  if (request.logprobs === true || !request.top_logprobs) return;
  throw new ProviderError("The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", {
    kind: "invalid_request",
    param: "top_logprobs",
  });
}

function parseLogitBias(bias: ChatCompletionRequest["logit_bias"]): EngineJob["sampling"]["logitBias"] {
  return Object.entries(bias ?? {}).map(([key, value]) => {
    if (/^\d{1,9}$/.test(key)) return { token: Number(key), bias: value };
    throw new ProviderError("Invalid key in 'logit_bias': expected a token id.", {
      kind: "invalid_request",
      code: "invalid_value",
      param: "logit_bias",
    });
  });
}

function toList(value: string | readonly string[] | null | undefined): readonly string[] {
  return typeof value === "string" ? [value] : (value ?? []);
}
