/** How this engine treats a field of a chat request. */
type FieldSupport =
  /** Does what OpenAI's specification says. */
  | "supported"
  /** The same result by other means; the note says where it can be told apart. */
  | "emulated"
  /** Not used; named in `x-tailor-dropped` when a request asks for something with it. */
  | "dropped"
  /** A 400 in OpenAI's form. */
  | "refused";

export interface FieldEntry {
  readonly field: string;
  readonly support: FieldSupport;
  readonly note: string;
}

/** Most choices of one request: each holds a slot of the engine while it is written. */
export const MAX_CHOICES = 16;

export function listFields(support: FieldSupport, notes: Readonly<Record<string, string>>): FieldEntry[] {
  return Object.entries(notes).map(([field, note]) => ({ field, support, note }));
}

/** Every field of the Chat Completions request, in the groups that people look for; what is not here is dropped. */
export const FIELD_SUPPORT: readonly FieldEntry[] = [
  ...listFields("supported", {
    model: "A registered model or an alias.",
    "messages (system, developer, user, assistant)":
      "The model's own chat template; developer counts as system.",
    "messages[].content (text, refusal)": "A string, or text parts joined by line feeds.",
    "messages[].refusal": "What the assistant said, where it has no content.",
    stream: "Chunks as the specification has them.",
    "stream_options.include_usage": "The usage chunk comes last.",
    temperature:
      "Default 1; 0 is greedy. The whole vocabulary is drawn from; under the stylist constraint the 40 likeliest tokens, and a field that it has written again at 0.7 or hotter.",
    top_p: "Default 1.",
    seed: "Any 64-bit integer. The same request with the same seed gives the same answer, streaming or not, under the stylist constraint too; other answers decoded in the same batch can tip a near tie of two tokens. Log probabilities and penalties turn jump-forward off, which can change what is drawn under a schema.",
    max_completion_tokens: "Default: 1,024 or what fits the context.",
    max_tokens: "As max_completion_tokens, which wins over it.",
    stop: "Up to 4 texts, also across tokens and in JSON; calls of functions are never cut. Dropped beside the stylist constraint.",
    frequency_penalty: "Over the tokens of the answer so far.",
    presence_penalty: "Over the tokens of the answer so far.",
    logit_bias: "Token ids of the served model, its end-of-text tokens too. A grammar outranks it.",
    logprobs:
      "The model's own distribution: before bias, penalties, temperature, top_p and grammar. Of the text, not of calls. Dropped beside the stylist constraint.",
    top_logprobs: "0 to 20. Dropped beside the stylist constraint.",
    "response_format (text, json_object, json_schema)": "Held by a grammar while decoding, strict or not.",
    user: "For the gateway's log and stickiness; the model does not see it.",
    safety_identifier: "As user.",
    metadata: "For the gateway's log.",
    store: "The gateway's own settings say what is stored.",
    prompt_cache_key: "Nothing to do: every prompt finds the beginnings the engine still holds.",
  }),
  ...listFields("emulated", {
    n: `1 to ${MAX_CHOICES}; written at the same time as far as slots are free. More is refused.`,
    "tools (function)":
      "Described in the system text; calls are decoded under a grammar of their parameters.",
    tool_choice: "none, auto, required, a named function, allowed_tools.",
    parallel_tool_calls: "Default true: up to 8 calls in one answer.",
    "tools[].function.strict": "Arguments match their schema whether strict or not.",
    functions: "As tools; the answer has `function_call`.",
    function_call: "none, auto, a named function.",
    "messages (tool, function)": "Results are put to the model as the user's turn.",
    "messages[].tool_calls": "Put to the model as the text it writes calls in.",
  }),
  ...listFields("dropped", {
    "messages[].content (image_url, input_audio, file)": "Text models only.",
    audio: "Text models only.",
    modalities: "Text is answered.",
    prediction: "A hint for speed.",
    prompt_cache_retention: "The engine keeps prefixes as long as there is room.",
    reasoning_effort: "The model does not reason apart from its answer.",
    service_tier: "There is one.",
    verbosity: "Say it in the prompt.",
    web_search_options: "The engine reaches no network.",
  }),
  ...listFields("refused", {
    "tools (custom and others)": "Only functions can be called.",
  }),
];
