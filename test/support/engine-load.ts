import { vi } from "vitest";
import type { LlamaCppProvider } from "../../src/providers/llama-cpp/llama-cpp-provider.ts";

/** How one request ended for its client. */
type ClientOutcome =
  | { readonly kind: "answered" }
  /** A status and the OpenAI envelope instead of an answer. */
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly retryAfter: string | null;
      readonly code: unknown;
    }
  /** A stream that said in an error event that it is cut. */
  | { readonly kind: "cut" }
  /** What must not happen: a body that ends as if nothing was missing, or with the connection. */
  | { readonly kind: "half"; readonly body: string };

interface LoadRequest {
  readonly kind: keyof typeof KINDS;
  readonly stream: boolean;
  readonly seed: number;
  /** Called at the first byte of its answer. */
  readonly onBegun: () => void;
}

export interface LoadClient {
  send(request: LoadRequest): Promise<ClientOutcome>;
}

/** A random model finds no way to close this array early: its answers are under way when the engine is killed. */
const numbers = {
  type: "object",
  properties: { values: { type: "array", items: { type: "integer" }, minItems: 200 } },
  required: ["values"],
  additionalProperties: false,
};

/** What a request asks for besides a text. */
const KINDS = {
  text: {},
  schema: {
    response_format: { type: "json_schema", json_schema: { name: "numbers", schema: numbers } },
  },
  tools: {
    tools: [{ type: "function", function: { name: "add", parameters: numbers } }],
    tool_choice: "required",
  },
} as const;

const PATIENCE_MS = 60_000;

export function createLoadClient(url: string): LoadClient {
  return {
    async send({ kind, stream, seed, onBegun }) {
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        signal: AbortSignal.timeout(PATIENCE_MS),
        body: JSON.stringify({
          model: "stylist",
          messages: [{ role: "user", content: `tell me about outfit ${seed}` }],
          max_tokens: 400,
          temperature: 1,
          seed,
          stream,
          ...KINDS[kind],
        }),
      });
      const body = await readBody(response, onBegun);
      if (response.status !== 200) return describeRefusal(response, body);
      return stream ? describeStream(body) : describeWhole(body);
    },
  };
}

async function readBody(response: Response, onBegun: () => void): Promise<string> {
  let body = "";
  try {
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      if (response.status === 200) onBegun();
      body += piece;
    }
  } catch {
    body += "<connection lost>";
  }
  return body;
}

function describeRefusal(response: Response, body: string): ClientOutcome {
  const { error } = JSON.parse(body);
  return {
    kind: "refused",
    status: response.status,
    retryAfter: response.headers.get("retry-after"),
    code: error.code,
  };
}

function describeStream(body: string): ClientOutcome {
  const events = body.split("\n\n").filter((event) => event !== "");
  const last = events.at(-1) ?? "";
  if (events.some((event) => event.includes('"error"'))) return { kind: "cut" };
  const isFinished = events.some((event) => /"finish_reason":"(stop|length|tool_calls)"/.test(event));
  return isFinished && last === "data: [DONE]" ? { kind: "answered" } : { kind: "half", body };
}

function describeWhole(body: string): ClientOutcome {
  try {
    return JSON.parse(body).choices[0].finish_reason ? { kind: "answered" } : { kind: "half", body };
  } catch {
    return { kind: "half", body };
  }
}

export interface KillReport {
  readonly outcomes: readonly ClientOutcome[];
  /** Of the request sent after each restart. */
  readonly afterwards: readonly ClientOutcome[];
}

/** Kills the engine `kills` times, each time with answers on their way, and tells what every client got. */
export async function killUnderLoad(options: {
  readonly provider: LlamaCppProvider;
  readonly client: LoadClient;
  readonly kills: number;
}): Promise<KillReport> {
  const { provider, client, kills } = options;
  const outcomes: ClientOutcome[] = [];
  const afterwards: ClientOutcome[] = [];
  const waitUntilReady = () =>
    vi.waitFor(
      () => {
        if (provider.health().state !== "ready") throw new Error(provider.health().detail);
      },
      { timeout: PATIENCE_MS, interval: 20 },
    );
  await waitUntilReady();
  for (let kill = 0; kill < kills; kill++) {
    const begun = Promise.withResolvers<void>();
    // Each kind streamed and whole; another one is first in line, and so under way, each time.
    const requests = Array.from({ length: 6 }, (_, index) =>
      client.send({
        kind: pickKind(kill + index),
        stream: index % 2 === 0,
        seed: kill * 10 + index,
        onBegun: begun.resolve,
      }),
    );
    await begun.promise;
    process.kill(provider.stats().processId ?? 0, "SIGKILL");
    outcomes.push(...(await Promise.all(requests)));
    await waitUntilReady();
    const next = { kind: pickKind(kill), stream: kill % 2 === 0, seed: kill, onBegun: () => {} };
    afterwards.push(await client.send(next));
  }
  return { outcomes, afterwards };
}

const pickKind = (index: number) => (["text", "schema", "tools"] as const)[index % 3] ?? "text";
