import type { ChatCompletionRequest } from "../../protocol/chat-request.ts";
import { listNonTextParts, textOfMessage } from "../../protocol/text-of-message.ts";
import type { ProviderCall } from "../provider.ts";
import { ProviderError } from "../provider-error.ts";
import type { DecodingMode, EngineChatMessage, EngineJob, EngineModel } from "./engine-messages.ts";

const MAX_CHOICES = 4;
/** Request fields that change what is answered and that this engine does not have. */
const UNSUPPORTED_FIELDS = ["tools", "functions", "logit_bias", "logprobs"];

/** A call as the engine's job. With a constraint the messages are the constraint's: the prompt the model was trained on. */
export function createJob(options: {
  readonly call: ProviderCall;
  readonly model: EngineModel;
  readonly mode: DecodingMode;
  readonly seed: number;
}): Omit<EngineJob, "jobId"> {
  const { call, model, mode, seed } = options;
  const { request, constraint } = call;
  return {
    model,
    messages: constraint?.messages ?? request.messages.map(convertToEngineMessage),
    sampling: {
      temperature: request.temperature ?? 1,
      topP: request.top_p ?? 1,
      seed,
      presencePenalty: request.presence_penalty ?? 0,
      frequencyPenalty: request.frequency_penalty ?? 0,
    },
    stop: toList(request.stop).filter((stop) => stop !== ""),
    maxTokens: request.max_completion_tokens ?? request.max_tokens ?? null,
    mode,
    priority: call.priority,
  };
}

function convertToEngineMessage(message: ChatCompletionRequest["messages"][number]): EngineChatMessage {
  const content = textOfMessage(message);
  if (message.role === "system" || message.role === "developer") return { role: "system", content };
  // Results of tools are something the model is told.
  return { role: message.role === "assistant" ? "assistant" : "user", content };
}

/** Parts of the request that a text model on this engine does not use. */
export function listDropped(request: ChatCompletionRequest): string[] {
  const fields = UNSUPPORTED_FIELDS.filter((field) => {
    const value = request[field];
    return Array.isArray(value) ? value.length > 0 : Boolean(value);
  });
  return [...listNonTextParts(request.messages), ...fields];
}

export function parseChoiceCount(request: ChatCompletionRequest): number {
  const count = request.n ?? 1;
  if (count <= MAX_CHOICES) return count;
  throw new ProviderError(`The local model gives at most ${MAX_CHOICES} choices.`, {
    kind: "invalid_request",
    param: "n",
  });
}

function toList(value: string | readonly string[] | null | undefined): readonly string[] {
  return typeof value === "string" ? [value] : (value ?? []);
}
