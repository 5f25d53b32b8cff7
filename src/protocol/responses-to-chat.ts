import type { ChatCompletionRequest, ChatMessage, ContentPart } from "./chat-request.ts";
import { OpenAiError } from "./openai-error.ts";
import type {
  ResponseItem,
  ResponsePart,
  ResponsesRequest,
  ResponseTextFormat,
  ResponseTool,
  ResponseToolChoice,
} from "./responses-request.ts";

/** Fields that mean the same in both interfaces. */
const SHARED_FIELDS = [
  "temperature",
  "top_p",
  "top_logprobs",
  "parallel_tool_calls",
  "metadata",
  "user",
  "safety_identifier",
  "service_tier",
  "prompt_cache_key",
] as const;
/** Fields that are read here, one by one. */
const READ_FIELDS = [
  "model",
  "input",
  "instructions",
  "stream",
  "stream_options",
  "store",
  "max_output_tokens",
  "tools",
  "tool_choice",
  "text",
  "include",
] as const;
const KNOWN_FIELDS = new Set<string>([...SHARED_FIELDS, ...READ_FIELDS]);
/** Nothing is kept here between two calls, so what refers to an earlier one cannot be answered. */
const STATEFUL_FIELDS = ["previous_response_id", "conversation", "prompt", "background"] as const;
const LOGPROBS = "message.output_text.logprobs";

export interface ConvertedRequest {
  readonly request: ChatCompletionRequest;
  /** Request fields that have no counterpart. */
  readonly dropped: readonly string[];
}

/** A Responses request as a Chat Completions request. Throws OpenAiError 400 for what cannot be left out. */
export function convertResponsesToChat(request: ResponsesRequest): ConvertedRequest {
  for (const field of STATEFUL_FIELDS) if (request[field]) throw createStatelessError(field);
  const { text, tools, tool_choice: choice, max_output_tokens: maxTokens, stream, store } = request;
  const shared = SHARED_FIELDS.flatMap((field) => (request[field] == null ? [] : [[field, request[field]]]));
  const wantsLogprobs = request.include?.includes(LOGPROBS) || request.top_logprobs != null;
  return {
    request: {
      model: request.model,
      messages: convertMessages(request),
      ...Object.fromEntries(shared),
      ...(maxTokens != null && { max_completion_tokens: maxTokens }),
      ...(tools?.length && { tools: tools.map(convertTool) }),
      ...(choice != null && { tool_choice: convertToolChoice(choice) }),
      ...(text?.format != null && { response_format: convertFormat(text.format) }),
      ...(text?.verbosity != null && { verbosity: text.verbosity }),
      ...(wantsLogprobs && { logprobs: true }),
      ...(store === false && { store }),
      ...(stream === true && { stream, stream_options: { include_usage: true } }),
    },
    dropped: listDropped(request),
  };
}

function listDropped(request: ResponsesRequest): string[] {
  const fields = Object.keys(request).filter((name) => !KNOWN_FIELDS.has(name) && request[name] != null);
  const hasThoughts = Array.isArray(request.input) && request.input.some(({ type }) => type === "reasoning");
  const others = (request.include ?? []).filter((name) => name !== LOGPROBS);
  return [
    ...fields.filter((name) => name !== "truncation" || request[name] !== "disabled"),
    ...(hasThoughts ? ["input.reasoning"] : []),
    ...(others.length > 0 ? ["include"] : []),
  ];
}

function createStatelessError(field: string): OpenAiError {
  const message = `Unsupported parameter: '${field}' is not supported here. Responses are not stored: send all earlier items in 'input'.`;
  return new OpenAiError(message, { status: 400, param: field, code: "unsupported_parameter" });
}

function convertMessages({ instructions, input }: ResponsesRequest): ChatMessage[] {
  const messages: ChatMessage[] = instructions ? [{ role: "system", content: instructions }] : [];
  if (typeof input === "string") return [...messages, { role: "user", content: input }];
  for (const [index, item] of input.entries()) addItem(messages, { item, param: `input[${index}]` });
  return messages;
}

function addItem(messages: ChatMessage[], { item, param }: { item: ResponseItem; param: string }): void {
  switch (item.type) {
    case "message":
      messages.push(
        item.role === "assistant"
          ? convertAssistant(item.content)
          : { role: item.role, content: convertContent(item.content, param) },
      );
      return;
    case "function_call":
      addCall(messages, item);
      return;
    case "function_call_output":
      messages.push({
        role: "tool",
        tool_call_id: item.call_id,
        content: convertContent(item.output, param),
      });
      return;
    case "reasoning":
      return;
    default:
      item satisfies never;
  }
}

/** Calls of one turn stand in one message, behind what the assistant said with them. */
function addCall(
  messages: ChatMessage[],
  { call_id: id, name, arguments: args }: Extract<ResponseItem, { type: "function_call" }>,
): void {
  const call = { id, type: "function" as const, function: { name, arguments: args } };
  const last = messages.at(-1);
  if (last?.role === "assistant") last.tool_calls = [...(last.tool_calls ?? []), call];
  else messages.push({ role: "assistant", content: null, tool_calls: [call] });
}

function convertAssistant(content: string | readonly ResponsePart[]): ChatMessage {
  if (typeof content === "string") return { role: "assistant", content };
  const text = content.flatMap((part) => ("text" in part ? [part.text] : [])).join("");
  const refusal = content.flatMap((part) => (part.type === "refusal" ? [part.refusal] : [])).join("");
  const hasText = text !== "" || refusal === "";
  return { role: "assistant", content: hasText ? text : null, ...(refusal !== "" && { refusal }) };
}

function convertContent(content: string | readonly ResponsePart[], param: string): string | ContentPart[] {
  if (typeof content === "string") return content;
  return content.map((part, index) => convertPart(part, `${param}.content[${index}]`));
}

function convertPart(part: ResponsePart, param: string): ContentPart {
  switch (part.type) {
    case "input_text":
    case "output_text":
    case "text":
      return { type: "text", text: part.text };
    case "refusal":
      return { type: "text", text: part.refusal };
    case "input_image": {
      if (part.image_url == null) throw createPartError(`${param}.image_url`);
      const detail = part.detail == null ? {} : { detail: part.detail };
      return { type: "image_url", image_url: { url: part.image_url, ...detail } };
    }
    case "input_file": {
      if (part.file_id == null && part.file_data == null) throw createPartError(`${param}.file_data`);
      const { file_id, file_data, filename } = part;
      const given = Object.entries({ file_id, file_data, filename }).filter(([, value]) => value != null);
      return { type: "file", file: Object.fromEntries(given) };
    }
    default:
      return part satisfies never;
  }
}

function createPartError(param: string): OpenAiError {
  const message = `Missing required parameter: '${param}'. Other ways to name a file are not supported here.`;
  return new OpenAiError(message, { status: 400, param, code: "missing_required_parameter" });
}

function convertTool({ name, description, parameters, strict }: ResponseTool) {
  return {
    type: "function" as const,
    function: {
      name,
      ...(description != null && { description }),
      ...(parameters != null && { parameters }),
      ...(strict != null && { strict }),
    },
  };
}

function convertToolChoice(choice: ResponseToolChoice): ChatCompletionRequest["tool_choice"] {
  if (typeof choice === "string") return choice;
  if (choice.type === "function") return { type: "function", function: { name: choice.name } };
  const tools = choice.tools.map(({ name }) => ({ type: "function", function: { name } }));
  return { type: "allowed_tools", allowed_tools: { mode: choice.mode, tools } };
}

function convertFormat(format: ResponseTextFormat): ChatCompletionRequest["response_format"] {
  if (format.type !== "json_schema") return { type: format.type };
  const { name, schema, description, strict } = format;
  const rest = { ...(description != null && { description }), ...(strict != null && { strict }) };
  return { type: "json_schema", json_schema: { name, schema, ...rest } };
}
