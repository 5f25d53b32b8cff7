import type { ChatCompletionChunk } from "./chat-chunk.ts";
import type { FinishReason, Usage } from "./chat-completion.ts";
import type { ToolCallPiece } from "./chat-tools.ts";
import type { ErrorEnvelope } from "./openai-error.ts";
import {
  createItemId,
  createOutputText,
  createResponse,
  type FunctionCallItem,
  type MessageItem,
  type OutputItem,
  type OutputPart,
  pickStatus,
  type ResponseProgress,
  type ResponseStamp,
} from "./responses-answer.ts";
import type { ResponsesRequest } from "./responses-request.ts";

/** An event before it has its number. */
export interface ResponseEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface ResponseEvents {
  /** The events that a chunk of the chat answer amounts to. */
  add(chunk: ChatCompletionChunk): ResponseEvent[];
  /** What is left to say once the answer has ended well. */
  finish(): ResponseEvent[];
  /** What is said instead when it broke: in the form that readers of both kinds raise. */
  fail(envelope: ErrorEnvelope): ResponseEvent[];
}

type OpenItem = { readonly index: number } & (
  | {
      readonly kind: "message";
      readonly id: string;
      readonly part: "text" | "refusal";
      text: string;
      logprobs: unknown[];
    }
  | {
      readonly kind: "call";
      readonly piece: number;
      readonly id: string;
      callId: string;
      name: string;
      text: string;
    }
);

/** A streamed chat answer's first choice as the typed events of the Responses interface. One item is open at a time. */
export function createResponseEvents(options: {
  request: ResponsesRequest;
  stamp: ResponseStamp;
}): ResponseEvents {
  const { stamp } = options;
  const output: OutputItem[] = [];
  let open: OpenItem | null = null;
  let hasBegun = false;
  let usage: Usage | null = null;
  let finishReason: FinishReason | null = null;

  const show = (progress: Pick<ResponseProgress, "status" | "error">) =>
    createResponse({ ...options, progress: { ...progress, output: [...output], usage, finishReason } });

  function begin(): ResponseEvent[] {
    if (hasBegun) return [];
    hasBegun = true;
    const response = show({ status: "in_progress" });
    return [
      { type: "response.created", response },
      { type: "response.in_progress", response },
    ];
  }

  function close(): ResponseEvent[] {
    if (open === null) return [];
    const item = createClosedItem(open, finishReason);
    const events = [
      ...describeClosing(open),
      { type: "response.output_item.done", output_index: open.index, item },
    ];
    output.push(item);
    open = null;
    return events;
  }

  function addText(delta: string, part: "text" | "refusal", logprobs: readonly unknown[]): ResponseEvent[] {
    const events: ResponseEvent[] = [];
    if (open?.kind !== "message" || open.part !== part) {
      events.push(...close());
      const index = output.length;
      open = { kind: "message", part, index, id: createItemId("msg", stamp, index), text: "", logprobs: [] };
      events.push(...describeOpening(open));
    }
    open.text += delta;
    open.logprobs.push(...logprobs);
    const place = { item_id: open.id, output_index: open.index, content_index: 0 };
    events.push(
      part === "text"
        ? { type: "response.output_text.delta", ...place, delta, logprobs }
        : { type: "response.refusal.delta", ...place, delta },
    );
    return events;
  }

  function addPiece(piece: ToolCallPiece): ResponseEvent[] {
    const events: ResponseEvent[] = [];
    if (open?.kind !== "call" || open.piece !== piece.index) {
      events.push(...close());
      const index = output.length;
      const call = { callId: piece.id ?? "", name: piece.function?.name ?? "" };
      open = {
        kind: "call",
        piece: piece.index,
        index,
        id: createItemId("fc", stamp, index),
        text: "",
        ...call,
      };
      events.push(...describeOpening(open));
    }
    const delta = piece.function?.arguments ?? "";
    if (delta === "") return events;
    open.text += delta;
    const place = { item_id: open.id, output_index: open.index };
    return [...events, { type: "response.function_call_arguments.delta", ...place, delta }];
  }

  return {
    add(chunk) {
      usage = chunk.usage ?? usage;
      const choice = chunk.choices.find(({ index }) => index === 0);
      const events = begin();
      if (choice === undefined) return events;
      const { delta, logprobs } = choice;
      if (delta.content) events.push(...addText(delta.content, "text", logprobs?.content ?? []));
      if (delta.refusal) events.push(...addText(delta.refusal, "refusal", []));
      for (const piece of delta.tool_calls ?? []) events.push(...addPiece(piece));
      finishReason = choice.finish_reason ?? finishReason;
      return events;
    },
    finish() {
      const events = begin();
      // An answer without a word is an empty message.
      if (open === null && output.length === 0) events.push(...addText("", "text", []));
      events.push(...close());
      const status = pickStatus(finishReason);
      return [...events, { type: `response.${status}`, response: show({ status }) }];
    },
    fail({ error }) {
      const { message, code, param } = error;
      const failure = { code: code ?? "server_error", message };
      return [
        ...begin(),
        { type: "response.failed", response: show({ status: "failed", error: failure }) },
        { type: "error", code, message, param, error },
      ];
    },
  };
}

function createPart({ part, text, logprobs }: Extract<OpenItem, { kind: "message" }>): OutputPart {
  return part === "text" ? createOutputText(text, logprobs) : { type: "refusal", refusal: text };
}

function createMessage(
  { id }: Extract<OpenItem, { kind: "message" }>,
  rest: Pick<MessageItem, "status" | "content">,
): MessageItem {
  return { id, type: "message", role: "assistant", ...rest };
}

function createCall(
  { id, callId, name, text }: Extract<OpenItem, { kind: "call" }>,
  status: FunctionCallItem["status"],
): FunctionCallItem {
  return { id, type: "function_call", status, call_id: callId, name, arguments: text };
}

function createClosedItem(open: OpenItem, finishReason: FinishReason | null): OutputItem {
  const status = pickStatus(finishReason);
  if (open.kind === "call") return createCall(open, status);
  return createMessage(open, { status, content: [createPart(open)] });
}

function describeOpening(open: OpenItem): ResponseEvent[] {
  const { index: output_index, id: item_id } = open;
  if (open.kind === "call") {
    return [{ type: "response.output_item.added", output_index, item: createCall(open, "in_progress") }];
  }
  const item = createMessage(open, { status: "in_progress", content: [] });
  return [
    { type: "response.output_item.added", output_index, item },
    { type: "response.content_part.added", item_id, output_index, content_index: 0, part: createPart(open) },
  ];
}

function describeClosing(open: OpenItem): ResponseEvent[] {
  const place = { item_id: open.id, output_index: open.index };
  if (open.kind === "call") {
    const { name, text } = open;
    return [{ type: "response.function_call_arguments.done", ...place, name, arguments: text }];
  }
  const at = { ...place, content_index: 0 };
  const done =
    open.part === "text"
      ? { type: "response.output_text.done", ...at, text: open.text, logprobs: open.logprobs }
      : { type: "response.refusal.done", ...at, refusal: open.text };
  return [done, { type: "response.content_part.done", ...at, part: createPart(open) }];
}
