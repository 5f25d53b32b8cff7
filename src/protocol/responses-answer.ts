import type { ChatCompletion, FinishReason, Usage } from "./chat-completion.ts";
import type { ResponsesRequest } from "./responses-request.ts";

export interface ResponseStamp {
  /** The inference's id; every id in the answer is made of it. */
  readonly inferenceId: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
}

export interface OutputText {
  readonly type: "output_text";
  readonly text: string;
  readonly annotations: readonly never[];
  readonly logprobs: readonly unknown[];
}
export type OutputPart = OutputText | { readonly type: "refusal"; readonly refusal: string };
type ItemStatus = "in_progress" | "completed" | "incomplete";

export interface MessageItem {
  readonly id: string;
  readonly type: "message";
  readonly status: ItemStatus;
  readonly role: "assistant";
  readonly content: readonly OutputPart[];
}
export interface FunctionCallItem {
  readonly id: string;
  readonly type: "function_call";
  readonly status: ItemStatus;
  readonly call_id: string;
  readonly name: string;
  readonly arguments: string;
}
export type OutputItem = MessageItem | FunctionCallItem;

type ResponseStatus = "in_progress" | "completed" | "incomplete" | "failed";

/** The parts of a response that change while it is made. */
export interface ResponseProgress {
  readonly status: ResponseStatus;
  readonly output: readonly OutputItem[];
  readonly usage: Usage | null;
  readonly finishReason?: FinishReason | null;
  readonly error?: { readonly code: string; readonly message: string };
}

export function createOutputText(text: string, logprobs: readonly unknown[] = []): OutputText {
  return { type: "output_text", text, annotations: [], logprobs };
}

export function createItemId(kind: "msg" | "fc", { inferenceId }: ResponseStamp, index: number): string {
  return `${kind}_${inferenceId.replaceAll("-", "")}${String(index).padStart(2, "0")}`;
}

/** A response object: what was asked is repeated in it, as OpenAI does. */
export function createResponse(options: {
  request: ResponsesRequest;
  stamp: ResponseStamp;
  progress: ResponseProgress;
}) {
  const { request, stamp, progress } = options;
  const reason = pickIncompleteReason(progress.finishReason ?? null);
  return {
    id: `resp_${stamp.inferenceId.replaceAll("-", "")}`,
    object: "response",
    created_at: Math.floor(stamp.createdAt / 1000),
    status: progress.status,
    background: false,
    error: progress.error ?? null,
    incomplete_details: progress.status === "incomplete" && reason !== null ? { reason } : null,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: null,
    model: request.model,
    output: progress.output,
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: request.service_tier ?? "default",
    store: false,
    temperature: request.temperature ?? 1,
    text: { format: request.text?.format ?? { type: "text" } },
    tool_choice: request.tool_choice ?? "auto",
    tools: request.tools ?? [],
    top_logprobs: request.top_logprobs ?? 0,
    top_p: request.top_p ?? 1,
    truncation: "disabled",
    usage: progress.usage === null ? null : convertUsage(progress.usage),
    user: request.user ?? null,
    metadata: request.metadata ?? {},
  };
}

/** How an answer that ended stands in the response. */
export function pickStatus(finishReason: FinishReason | null): "completed" | "incomplete" {
  return pickIncompleteReason(finishReason) === null ? "completed" : "incomplete";
}

function pickIncompleteReason(finishReason: FinishReason | null): string | null {
  if (finishReason === "length") return "max_output_tokens";
  return finishReason === "content_filter" ? "content_filter" : null;
}

function convertUsage(usage: Usage) {
  const { completion_tokens_details: details } = usage;
  const reasoning =
    typeof details === "object" && details !== null && "reasoning_tokens" in details
      ? details.reasoning_tokens
      : 0;
  return {
    input_tokens: usage.prompt_tokens,
    input_tokens_details: { cached_tokens: usage.prompt_tokens_details?.cached_tokens ?? 0 },
    output_tokens: usage.completion_tokens,
    output_tokens_details: { reasoning_tokens: typeof reasoning === "number" ? reasoning : 0 },
    total_tokens: usage.total_tokens,
  };
}

/** A whole chat completion as a response: what was said first, then the calls. */
export function convertCompletionToResponse(options: {
  request: ResponsesRequest;
  stamp: ResponseStamp;
  completion: ChatCompletion;
}) {
  const { request, stamp, completion } = options;
  const [choice] = completion.choices;
  const finishReason = choice?.finish_reason ?? null;
  const status = pickStatus(finishReason);
  const { content = null, refusal, tool_calls: calls } = choice?.message ?? {};
  const parts: OutputPart[] = [];
  if (content) parts.push(createOutputText(content, choice?.logprobs?.content ?? []));
  if (refusal) parts.push({ type: "refusal", refusal });
  const output: OutputItem[] = [];
  if (parts.length > 0 || !calls?.length) {
    const said = parts.length > 0 ? parts : [createOutputText("")];
    output.push({
      id: createItemId("msg", stamp, 0),
      type: "message",
      status,
      role: "assistant",
      content: said,
    });
  }
  for (const { id, function: called } of calls ?? []) {
    output.push({
      id: createItemId("fc", stamp, output.length),
      type: "function_call",
      status: "completed",
      call_id: id,
      name: called?.name ?? "",
      arguments: called?.arguments ?? "",
    });
  }
  const usage = completion.usage ?? null;
  return createResponse({ request, stamp, progress: { status, output, usage, finishReason } });
}
