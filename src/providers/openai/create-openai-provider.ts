import { createCompletionId, createUuidV7 } from "../../protocol/ids.ts";
import type { AnswerFacts, LicenseClass, Provider, ProviderCall, ProviderStream } from "../provider.ts";
import { ProviderError } from "../provider-error.ts";
import { createChunkReader } from "./answers/chunk-reader.ts";
import { parseAnswer } from "./answers/parse-answer.ts";
import { parseEmbeddings } from "./answers/parse-embeddings.ts";
import type { UpstreamTimeouts } from "./calls/call-clock.ts";
import { createExchange, type ExchangeOptions, type OpenCall } from "./calls/exchange.ts";
import {
  type ConnectionOptions,
  createUpstreamClient,
  type UpstreamResponse,
} from "./calls/upstream-client.ts";
import type { DialectName, Endpoint } from "./dialects/dialect.ts";
import { pickDialect } from "./dialects/pick-dialect.ts";
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
  totalMs: 300_000,
};

/** A provider over HTTP: OpenAI itself, Azure, vLLM, llama-server or whatever else speaks Chat Completions. */
export function createOpenAiProvider(options: OpenAiProviderOptions): Provider {
  const { id, licenseClass, apiKey: secret, now = Date.now, vision = true, modelsTtlMs = 60_000 } = options;
  const dialect = pickDialect(options.dialect ?? "openai");
  const write = createRequestWriter({ ...options, dialect, streamUsage: options.streamUsage ?? true });
  const url = new URL(options.baseUrl);
  const basePath = url.pathname.replace(/\/+$/, "");
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const exchange = createExchange({
    ...options,
    timeouts,
    client: createClient(options, timeouts.connectMs),
  });

  const locate = (endpoint: Endpoint, model: string | null) =>
    dialect.locate({ basePath, endpoint, model, apiVersion: options.apiVersion });

  async function post(call: ProviderCall, { stream }: { stream: boolean }) {
    const { text: body, dropped } = write(call, { stream });
    const opened = await exchange.open({
      method: "POST",
      path: locate("chat/completions", call.model),
      body,
      signal: call.signal,
      requestId: call.requestId,
      model: call.model,
      isStream: stream,
      timeouts: call.timeouts,
      // A copy is not worth a second burden on an upstream that is in trouble.
      mayRetry: call.priority === "primary",
    });
    const facts = (modelVersion: string): AnswerFacts => ({
      dropped,
      modelVersion,
      adapter: null,
      promptVersion: null,
      interventions: null,
      retries: opened.retries,
      rateLimits: pickRateLimits(opened.response),
    });
    return { opened, facts };
  }

  const createStamp = (model: string) => ({
    id: createCompletionId(createUuidV7(now())),
    created: Math.floor(now() / 1000),
    model,
  });

  const modelList = createModelList({
    fetchText: async (signal) => {
      const opened = await exchange.open({
        method: "GET",
        path: locate("models", null),
        signal,
        model: null,
        isStream: false,
        mayRetry: true,
      });
      return readWhole(opened, (text) => text);
    },
    vision,
    ttlMs: modelsTtlMs,
    now,
  });

  return {
    id,
    kind: "openai",
    licenseClass,
    async complete(call) {
      const { opened, facts } = await post(call, { stream: false });
      const completion = await readWhole(opened, (text) =>
        parseAnswer(text, { secret, stamp: createStamp(call.model) }),
      );
      return { completion, facts: facts(completion.model) };
    },
    async stream(call) {
      const { opened, facts } = await post(call, { stream: true });
      if (!isEventStream(opened.response)) {
        return readWhole(opened, (text) => {
          // An error body with status 200 says more than that it is no stream.
          parseAnswer(text, { secret, stamp: createStamp(call.model) });
          throw new ProviderError("The upstream answered a stream request at once.", {
            kind: "invalid_response",
          });
        });
      }
      return createStream({ call, opened, facts });
    },
    async embed({ request, model, signal, requestId }) {
      const opened = await exchange.open({
        method: "POST",
        path: locate("embeddings", model),
        body: JSON.stringify({ ...request, model }),
        signal,
        requestId,
        model,
        isStream: false,
        mayRetry: true,
      });
      return readWhole(opened, (text) => parseEmbeddings(text, { secret }));
    },
    forward: (call) => exchange.forward({ ...call, path: `${basePath}/${call.path}` }),
    models: (signal = new AbortController().signal) => modelList.read(signal),
    health: exchange.health,
    gauges: exchange.gauges,
    close: (deadlineMs = 10_000) => exchange.close(deadlineMs),
  };

  function createStream(stream: {
    call: ProviderCall;
    opened: OpenCall;
    facts: (modelVersion: string) => AnswerFacts;
  }): ProviderStream {
    const { call, opened, facts } = stream;
    let model: string | null = null;
    const chunks = createChunkReader({
      body: opened.response.body,
      choices: call.request.n ?? 1,
      wantsUsage: call.request.stream_options?.include_usage === true,
      secret,
      stamp: createStamp(call.model),
      onEvent: (chunk) => {
        opened.clock.markEvent();
        if (model === null) opened.prove();
        model = chunk.model;
      },
      onEnd: ({ error, isEarly }) => {
        if (error !== undefined) return opened.fail(error);
        if (isEarly) opened.leave();
        else opened.finish();
        return undefined;
      },
    });
    return { chunks, facts: () => facts(model ?? call.model) };
  }
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

/** Reads an answer to its end; what `parse` throws is the call's failure. */
async function readWhole<Answer>(opened: OpenCall, parse: (text: string) => Answer): Promise<Answer> {
  try {
    const answer = parse(await opened.response.body.text());
    opened.finish();
    return answer;
  } catch (error) {
    throw opened.fail(error);
  }
}

/** What is left of the upstream's allowance, in its own words. */
function pickRateLimits({ headers }: UpstreamResponse): Record<string, string> | undefined {
  const limits = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith("x-ratelimit-") && typeof value === "string" ? [[name, value] as const] : [],
  );
  return limits.length === 0 ? undefined : Object.fromEntries(limits);
}

function isEventStream({ headers }: UpstreamResponse): boolean {
  return String(headers["content-type"] ?? "").startsWith("text/event-stream");
}
