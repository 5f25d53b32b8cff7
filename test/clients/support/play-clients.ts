import type { ChatBody } from "../../support/play-script.ts";
import type { UpstreamScript } from "../../support/upstream-script.ts";

export const UPSTREAM_TEXT = "Grüße from upstream, with 👗 and more than a word.";
export const UPSTREAM_OBJECT = { colour: "red", count: 2, warm: true };
export const VECTOR = [0.25, -0.5, 1];

/** What the scripted upstream answers to real clients: vectors, a call of the first tool, an object, or a text. */
export function playForClients(body: ChatBody): UpstreamScript {
  if ("input" in body) return answerVectors(body.input);
  const tool = pickTool(body);
  if (tool !== null) return answerCall(body, tool);
  const content = body.response_format ? JSON.stringify(UPSTREAM_OBJECT) : UPSTREAM_TEXT;
  return { kind: "answer", content };
}

/** Told to call, or free to and not yet told what a call brought. */
function pickTool({ tools, messages, tool_choice: choice }: ChatBody): string | null {
  if (!Array.isArray(tools) || choice === "none") return null;
  if (choice === "required" || typeof choice === "object") return tools[0].function.name;
  const last: unknown = messages.at(-1);
  if (typeof last === "object" && last !== null && "role" in last && last.role === "tool") return null;
  return tools[0].function.name;
}

function answerVectors(input: unknown): UpstreamScript {
  const count = Array.isArray(input) && typeof input[0] !== "number" ? input.length : 1;
  const data = Array.from({ length: count }, (_, index) => ({
    object: "embedding",
    index,
    embedding: VECTOR,
  }));
  const usage = { prompt_tokens: 4, total_tokens: 4 };
  return { kind: "raw", status: 200, body: JSON.stringify({ object: "list", data, model: "up", usage }) };
}

const stamp = { id: "chatcmpl-up", created: 1_700_000_000, model: "up" };
const usage = { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 };

function answerCall({ stream }: ChatBody, name: string): UpstreamScript {
  const args = JSON.stringify({ city: "Paris" });
  const call = { id: "call_up_1", type: "function", function: { name, arguments: args } };
  if (!stream) {
    const message = { role: "assistant", content: null, refusal: null, tool_calls: [call] };
    const choices = [{ index: 0, message, finish_reason: "tool_calls", logprobs: null }];
    const value = { ...stamp, object: "chat.completion", choices, usage };
    return { kind: "raw", status: 200, body: JSON.stringify(value) };
  }
  const pieces = [
    {
      role: "assistant",
      content: null,
      tool_calls: [{ index: 0, ...call, function: { name, arguments: "" } }],
    },
    ...(args
      .match(/.{1,4}/g)
      ?.map((part) => ({ tool_calls: [{ index: 0, function: { arguments: part } }] })) ?? []),
  ];
  const chunk = (choices: object[], fields: object = {}) =>
    `data: ${JSON.stringify({ ...stamp, object: "chat.completion.chunk", choices, ...fields })}\n\n`;
  const body = [
    ...pieces.map((delta) => chunk([{ index: 0, delta, finish_reason: null }])),
    chunk([{ index: 0, delta: {}, finish_reason: "tool_calls" }]),
    chunk([], { usage }),
    "data: [DONE]\n\n",
  ].join("");
  return { kind: "raw", status: 200, headers: { "content-type": "text/event-stream" }, body };
}
