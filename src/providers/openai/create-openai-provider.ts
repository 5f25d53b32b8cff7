import type { LicenseClass, Provider } from "../provider.ts";
import type { UpstreamTimeouts } from "./calls/call-clock.ts";
import { createExchange, type ExchangeOptions } from "./calls/exchange.ts";
import { readWhole } from "./calls/read-whole.ts";
import { type ConnectionOptions, createUpstreamClient } from "./calls/upstream-client.ts";
import { createChatCalls, type Locate } from "./chat-calls.ts";
import type { DialectName } from "./dialects/dialect.ts";
import { pickDialect } from "./dialects/pick-dialect.ts";
import { createEmbeddingCalls } from "./embedding-calls.ts";
import { createModelList } from "./model-list.ts";
import { createRequestWriter } from "./requests/request-body.ts";
import type { SchemaForm } from "./requests/schema-form.ts";

export interface OpenAiProviderOptions
  extends Partial<Omit<ConnectionOptions, "connectMs">>,
    Pick<ExchangeOptions, "retries" | "circuit" | "now" | "random" | "sleep"> {
  readonly id: string;
  /** Any OpenAI-compatible server, up to and including its version: `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  readonly licenseClass: LicenseClass;
  readonly dialect?: DialectName | undefined;
  /** Azure's dated version. */
  readonly apiVersion?: string | undefined;
  /** How a JSON schema is passed, where the dialect's way is not the server's. */
  readonly schemaForm?: SchemaForm | undefined;
  /** False for an upstream that refuses `stream_options`: its streams tell no usage. */
  readonly streamUsage?: boolean | undefined;
  readonly timeouts?: Partial<UpstreamTimeouts> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether the upstream's models can use image parts; its model list does not tell. */
  readonly vision?: boolean | undefined;
  readonly modelsTtlMs?: number | undefined;
}

const defaultTimeouts: UpstreamTimeouts = {
  connectMs: 5_000,
  firstTokenMs: 30_000,
  betweenTokensMs: 30_000,
  totalMs: 600_000,
};

/** A provider over HTTP: OpenAI itself, Azure, vLLM, llama-server or whatever else speaks Chat Completions. */
export function createOpenAiProvider(options: OpenAiProviderOptions): Provider {
  const { id, licenseClass, apiKey: secret, apiVersion, now = Date.now, vision = true } = options;
  const dialect = pickDialect(options.dialect ?? "openai");
  const basePath = new URL(options.baseUrl).pathname.replace(/\/+$/, "");
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const client = createClient(options, timeouts.connectMs);
  const exchange = createExchange({ ...options, timeouts, client });
  const locate: Locate = (endpoint, model) => dialect.locate({ basePath, endpoint, model, apiVersion });
  const write = createRequestWriter({ ...options, dialect, streamUsage: options.streamUsage ?? true });
  const chat = createChatCalls({ open: exchange.open, write, locate, secret, now });
  const modelList = createModelList({
    fetchText: async (signal) => {
      const path = locate("models", null);
      const call = { signal, model: null, isStream: false, mayRetry: true };
      return readWhole(await exchange.open({ method: "GET", path, ...call }), (text) => text);
    },
    vision,
    ttlMs: options.modelsTtlMs ?? 60_000,
    now,
  });

  return {
    id,
    kind: "openai",
    licenseClass,
    complete: chat.complete,
    stream: chat.stream,
    embed: createEmbeddingCalls({ open: exchange.open, locate, secret }).embed,
    forward: (call) => exchange.forward({ ...call, path: `${basePath}/${call.path}` }),
    models: (signal = new AbortController().signal) => modelList.read(signal),
    health: exchange.health,
    gauges: exchange.gauges,
    close: (deadlineMs = 10_000) => exchange.close(deadlineMs),
  };
}

function createClient(options: OpenAiProviderOptions, connectMs: number) {
  const { baseUrl, apiKey, headers, connections = 256, keepAliveMs = 4_000, ca } = options;
  const { createKeyHeaders } = pickDialect(options.dialect ?? "openai");
  return createUpstreamClient({
    origin: new URL(baseUrl).origin,
    headers: { ...headers, ...(apiKey ? createKeyHeaders(apiKey) : {}) },
    secret: apiKey,
    connections,
    connectMs,
    keepAliveMs,
    ca,
  });
}
