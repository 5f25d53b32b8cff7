import type { ChatCompletionChunk } from "../../src/protocol/chat-chunk.ts";
import type { DecodingConstraint } from "../../src/providers/decoding-constraint.ts";
import type { LlamaCppProvider } from "../../src/providers/llama-cpp/llama-cpp-provider.ts";

export interface ChatAsk {
  readonly messages: readonly { readonly role: "system" | "user"; readonly content: string }[];
  readonly max_tokens: number;
  readonly response_format?: {
    type: "json_schema";
    json_schema: { name: string; strict: boolean; schema: Record<string, unknown> };
  };
  /** llama-server's own field: the same grammar that the engine compiles from the schema. */
  readonly grammar?: string;
}

interface ChatResult {
  readonly wallMs: number;
  /** To the first text. */
  readonly firstMs: number;
  readonly tokens: number;
  readonly cachedTokens: number;
  readonly text: string;
}

/** One side of a comparison: asks greedily, streams, and takes the times that a client sees. */
export interface ChatPeer {
  ask(ask: ChatAsk, constraint?: DecodingConstraint): Promise<ChatResult>;
}

const never = new AbortController().signal;

/** The gateway's local provider, in this process; its engine runs in a process of its own. */
export function createProviderPeer(provider: LlamaCppProvider): ChatPeer {
  return {
    async ask({ grammar: _grammar, ...ask }, constraint) {
      const startedAt = performance.now();
      const { chunks } = await provider.stream({
        request: {
          ...ask,
          messages: [...ask.messages],
          model: "bench",
          temperature: 0,
          stream: true,
          stream_options: { include_usage: true },
        },
        model: "default",
        signal: never,
        priority: "primary",
        constraint,
      });
      return await measure(chunks, startedAt);
    },
  };
}

export function createLlamaServerPeer(url: string): ChatPeer {
  return {
    ask({ grammar, response_format: format, ...ask }) {
      const form = grammar === undefined ? { response_format: format } : { grammar };
      return askOverHttp(url, { ...ask, ...form, cache_prompt: true });
    },
  };
}

/** A gateway with a route for the model `bench`. */
export function createGatewayPeer(url: string): ChatPeer {
  return { ask: ({ grammar: _grammar, ...ask }) => askOverHttp(url, { ...ask, model: "bench" }) };
}

async function askOverHttp(url: string, fields: object): Promise<ChatResult> {
  const startedAt = performance.now();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      ...fields,
      temperature: 0,
      stream: true,
      stream_options: { include_usage: true },
    }),
  });
  if (!response.ok || response.body === null) throw new Error(`${url}: ${await response.text()}`);
  return await measure(readEvents(response.body), startedAt);
}

async function measure(chunks: AsyncIterable<ChatCompletionChunk>, startedAt: number): Promise<ChatResult> {
  let text = "";
  let firstMs = Number.NaN;
  let usage: ChatCompletionChunk["usage"];
  for await (const chunk of chunks) {
    const added = chunk.choices[0]?.delta.content ?? "";
    if (added !== "" && text === "") firstMs = performance.now() - startedAt;
    text += added;
    usage = chunk.usage ?? usage;
  }
  return {
    wallMs: performance.now() - startedAt,
    firstMs,
    tokens: usage?.completion_tokens ?? Number.NaN,
    cachedTokens: usage?.prompt_tokens_details?.cached_tokens ?? 0,
    text,
  };
}

function readEvent(line: string): ChatCompletionChunk {
  const event: unknown = JSON.parse(line.slice(line.indexOf("{")));
  if (typeof event === "object" && event !== null && "error" in event) {
    throw new Error(`cut short: ${JSON.stringify(event.error)}`);
  }
  // Else the peer is trusted to send OpenAI's form.
  return event as ChatCompletionChunk;
}

async function* readEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<ChatCompletionChunk, void, void> {
  const decoder = new TextDecoder();
  let held = "";
  for await (const bytes of body) {
    held += decoder.decode(bytes, { stream: true });
    const lines = held.split("\n");
    held = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("data: {") || line.startsWith("error: {")) yield readEvent(line);
    }
  }
}
