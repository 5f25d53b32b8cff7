import { embeddingsRequestSchema } from "../../src/protocol/embeddings.ts";
import { OpenAiError } from "../../src/protocol/openai-error.ts";
import { responsesRequestSchema } from "../../src/protocol/responses-request.ts";
import { convertResponsesToChat } from "../../src/protocol/responses-to-chat.ts";
import { convertTextRequestToChat, textCompletionRequestSchema } from "../../src/protocol/text-completion.ts";

export interface InterfaceRow {
  readonly field: string;
  readonly support: "supported" | "dropped" | "refused";
  /** The chat fields that it becomes; empty for the other two. */
  readonly becomes: readonly string[];
}

type Samples = Readonly<Record<string, unknown>>;

const tool = { type: "function", name: "f" };

/** A value for each field of the Responses interface. */
const responsesSamples: Samples = {
  model: "m",
  "input (text)": "x",
  "input (message: input_text, input_image, input_file)": [
    { role: "user", content: [{ type: "input_image", image_url: "https://example.com/a.png" }] },
  ],
  "input (function_call, function_call_output)": [
    { type: "function_call", call_id: "c", name: "f", arguments: "{}" },
    { type: "function_call_output", call_id: "c", output: "x" },
  ],
  "input (reasoning)": [{ type: "reasoning" }],
  "input (item_reference and others)": [{ type: "item_reference", id: "x" }],
  instructions: "x",
  stream: true,
  store: false,
  max_output_tokens: 1,
  temperature: 1,
  top_p: 1,
  top_logprobs: 1,
  "include (message.output_text.logprobs)": ["message.output_text.logprobs"],
  "include (others)": ["reasoning.encrypted_content"],
  "tools (function)": [tool],
  "tools (web_search and others)": [{ type: "web_search" }],
  tool_choice: "auto",
  parallel_tool_calls: true,
  "text.format": { format: { type: "json_object" } },
  "text.verbosity": { verbosity: "low" },
  metadata: {},
  user: "u",
  safety_identifier: "u",
  service_tier: "auto",
  prompt_cache_key: "k",
  reasoning: { effort: "low" },
  truncation: "auto",
  max_tool_calls: 1,
  context_management: [],
  previous_response_id: "resp_1",
  conversation: "conv_1",
  prompt: { id: "p" },
  background: true,
};

const textSamples: Samples = {
  model: "m",
  "prompt (text, list of texts)": ["x", "y"],
  "prompt (token ids)": [1],
  stream: true,
  "stream_options.include_usage": { include_usage: true },
  max_tokens: 1,
  temperature: 1,
  top_p: 1,
  n: 2,
  stop: "x",
  seed: 1,
  presence_penalty: 1,
  frequency_penalty: 1,
  logit_bias: {},
  logprobs: 1,
  echo: true,
  user: "u",
  best_of: 2,
  suffix: "x",
};

const embeddingsSamples: Samples = {
  model: "m",
  "input (text, texts)": ["x"],
  "input (token ids)": [[1]],
  encoding_format: "base64",
  dimensions: 8,
  user: "u",
};

/** `include (others)` and `text.format` are uses of the fields `include` and `text`. */
function nameOf(label: string): string {
  return label.replace(/[ .].*$/s, "");
}

function probeAll(samples: Samples, read: (fields: Samples) => Omit<InterfaceRow, "field">): InterfaceRow[] {
  return Object.entries(samples).map(([label, value]) => {
    try {
      return { field: label, ...read({ [nameOf(label)]: value }) };
    } catch (error) {
      if (error instanceof OpenAiError) return { field: label, support: "refused", becomes: [] };
      throw error;
    }
  });
}

const REFUSED = { support: "refused", becomes: [] } as const;

/** Runs each field of the Responses interface through the conversion. */
export function probeResponses(): InterfaceRow[] {
  const minimum = { model: "m", input: "x" };
  return probeAll(responsesSamples, (fields) => {
    const parsed = responsesRequestSchema.safeParse({ ...minimum, ...fields });
    if (!parsed.success) return REFUSED;
    const { request, dropped } = convertResponsesToChat(parsed.data);
    if (dropped.length > 0) return { support: "dropped", becomes: [] };
    const plain = convertResponsesToChat(responsesRequestSchema.parse(minimum)).request;
    return { support: "supported", becomes: listChanges(plain, request) };
  });
}

/** The same for the legacy interface. */
export function probeTextCompletions(): InterfaceRow[] {
  const minimum = { model: "m", prompt: "x" };
  return probeAll(textSamples, (fields) => {
    const parsed = textCompletionRequestSchema.safeParse({ ...minimum, ...fields });
    if (!parsed.success) return REFUSED;
    const [plain = {}] = convertTextRequestToChat(textCompletionRequestSchema.parse(minimum));
    const [request = {}] = convertTextRequestToChat(parsed.data);
    return { support: "supported", becomes: listChanges(plain, request) };
  });
}

/** What becomes of a field of the embeddings interface on its way to an upstream: what the schema takes goes on. */
export function probeEmbeddings(field: string): "passed on" | "refused" {
  const sample = { [nameOf(field)]: embeddingsSamples[field] };
  const { success } = embeddingsRequestSchema.safeParse({ model: "m", input: "x", ...sample });
  return success && field in embeddingsSamples ? "passed on" : "refused";
}

function listChanges(plain: object, request: object): string[] {
  const before = new Map(Object.entries(plain));
  return Object.entries(request).flatMap(([name, value]) =>
    JSON.stringify(before.get(name)) === JSON.stringify(value) ? [] : [name],
  );
}
