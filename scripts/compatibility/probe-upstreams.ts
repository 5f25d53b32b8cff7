import type { ChatCompletionRequest } from "../../src/protocol/chat-request.ts";
import { DIALECTS, type DialectName } from "../../src/providers/openai/dialects/dialect.ts";
import { pickDialect } from "../../src/providers/openai/dialects/pick-dialect.ts";
import { createRequestWriter } from "../../src/providers/openai/requests/request-body.ts";

/** What becomes of a field on its way to an upstream. */
export type UpstreamSupport = "passed on" | "renamed" | "dropped";

const tool = { type: "function" as const, function: { name: "f" } };
const base: ChatCompletionRequest = { model: "m", messages: [{ role: "user", content: "x" }] };

/** Requests that use the fields whose treatment depends on their value. Every other field stands for itself. */
const samples: Readonly<Record<string, Partial<ChatCompletionRequest>>> = {
  "messages (system, developer, user, assistant)": { messages: [{ role: "developer", content: "x" }] },
  "messages[].content (text, refusal)": { messages: base.messages },
  "messages[].refusal": { messages: [{ role: "assistant", content: null, refusal: "x" }] },
  "messages (tool, function)": { messages: [{ role: "tool", tool_call_id: "c", content: "x" }] },
  "messages[].tool_calls": { messages: [{ role: "assistant", content: null, tool_calls: [] }] },
  "messages[].content (image_url, input_audio, file)": {
    messages: [{ role: "user", content: [{ type: "file", file: {} }] }],
  },
  "response_format (text, json_object, json_schema)": {
    response_format: { type: "json_schema", json_schema: { name: "x", schema: { type: "object" } } },
  },
  "stream_options.include_usage": { stream_options: { include_usage: true } },
  n: { n: 2 },
  "tools (function)": { tools: [tool] },
  tool_choice: {
    tools: [tool],
    tool_choice: { type: "allowed_tools", allowed_tools: { mode: "required", tools: [tool] } },
  },
  "tools (custom and others)": { tools: [{ type: "custom" }] },
  "tools[].function.strict": { tools: [{ type: "function", function: { name: "f", strict: true } }] },
};

/** Writes a request with the field in each dialect and looks at what comes out. */
export function probeUpstreams(field: string): Readonly<Record<DialectName, UpstreamSupport>> {
  const sample = samples[field] ?? { [field]: 1 };
  const entries = DIALECTS.map((name) => [name, probe(name, sample)] as const);
  // One entry for each name of the list the type is made of.
  return Object.fromEntries(entries) as Record<DialectName, UpstreamSupport>;
}

function probe(name: DialectName, sample: Partial<ChatCompletionRequest>): UpstreamSupport {
  const write = createRequestWriter({ dialect: pickDialect(name), streamUsage: true });
  const request = { ...base, ...sample };
  const call = {
    request,
    model: base.model,
    signal: new AbortController().signal,
    priority: "primary",
  } as const;
  const { text, dropped } = write(call, { stream: true });
  if (dropped.length > 0) return "dropped";
  return text === JSON.stringify({ ...request, model: base.model, stream: true }) ? "passed on" : "renamed";
}
