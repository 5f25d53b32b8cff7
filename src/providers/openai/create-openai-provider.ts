import type { ChatCompletionChunk } from "../../protocol/chat-chunk.ts";
import type { AnswerFacts, LicenseClass, Provider, ProviderCall, ProviderStream } from "../provider.ts";
import { ProviderError } from "../provider-error.ts";
import { type CallClock, startCallClock, type UpstreamTimeouts } from "./call-clock.ts";
import { createChunkReader } from "./chunk-reader.ts";
import { createConnectionHealth } from "./connection-health.ts";
import { createModelList } from "./model-list.ts";
import { parseAnswer } from "./parse-answer.ts";
import { createRequestBody } from "./request-body.ts";
import { convertTransportErrorToProviderError } from "./transport-error.ts";
import { createUpstreamClient, type UpstreamResponse } from "./upstream-client.ts";

export interface OpenAiProviderOptions {
  readonly id: string;
  /** Any OpenAI-compatible server, up to and including its version: `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  readonly licenseClass: LicenseClass;
  /** Most connections at once; further calls queue on the clock of their own timeouts. */
  readonly connections?: number | undefined;
  readonly timeouts?: Partial<UpstreamTimeouts> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether the upstream's models can use image parts; its model list does not tell. */
  readonly vision?: boolean | undefined;
  readonly modelsTtlMs?: number | undefined;
  readonly now?: (() => number) | undefined;
}

const defaultTimeouts: UpstreamTimeouts = {
  connectMs: 5_000,
  firstTokenMs: 30_000,
  betweenTokensMs: 30_000,
  totalMs: 300_000,
};

/** A provider over HTTP: OpenAI itself, vLLM, llama-server or whatever else speaks Chat Completions. */
export function createOpenAiProvider(options: OpenAiProviderOptions): Provider {
  const { id, licenseClass, apiKey, connections = 64, vision = true, modelsTtlMs = 60_000 } = options;
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const client = createUpstreamClient({ ...options, connections, connectMs: timeouts.connectMs });
  const health = createConnectionHealth();
  let closing: Promise<void> | null = null;

  /** Runs one exchange: clock, health and error conversion around it. `isOpen` keeps the clock for a stream. */
  async function exchange<Answer>(call: ExchangeOptions<Answer>): Promise<Answer> {
    if (call.signal.aborted) throw call.signal.reason;
    if (closing !== null) throw new ProviderError("The provider is closed.", { kind: "unavailable" });
    const clock = startCallClock({ ...call, timeouts });
    try {
      return await call.run(clock);
    } catch (error) {
      throw convertFailure(error, clock);
    }
  }

  function convertFailure(error: unknown, clock: CallClock): unknown {
    clock.stop();
    if (clock.signal.aborted) return clock.signal.reason;
    const converted = convertTransportErrorToProviderError(error);
    if (converted.status === undefined) health.noteFailure(converted);
    else health.noteAnswer();
    return converted;
  }

  const post = (call: ProviderCall, { clock, stream }: { clock: CallClock; stream: boolean }) =>
    client.request({
      method: "POST",
      path: "chat/completions",
      body: createRequestBody(call, { stream }),
      clock,
      requestId: call.requestId,
    });

  async function readWhole(response: UpstreamResponse, clock: CallClock): Promise<string> {
    const text = await response.body.text();
    clock.stop();
    health.noteAnswer();
    return text;
  }

  const modelList = createModelList({
    fetchText: (signal) =>
      exchange({
        signal,
        isStream: false,
        run: async (clock) =>
          readWhole(await client.request({ method: "GET", path: "models", clock }), clock),
      }),
    vision,
    ttlMs: modelsTtlMs,
    now: options.now ?? Date.now,
  });

  return {
    id,
    kind: "openai",
    licenseClass,
    complete: (call) =>
      exchange({
        signal: call.signal,
        isStream: false,
        run: async (clock) => {
          const text = await readWhole(await post(call, { clock, stream: false }), clock);
          const completion = parseAnswer(text, { secret: apiKey });
          return { completion, facts: createFacts(completion.model) };
        },
      }),
    stream: (call) =>
      exchange({
        signal: call.signal,
        isStream: true,
        run: async (clock) => {
          const response = await post(call, { clock, stream: true });
          if (!isEventStream(response)) throw refuseAnswer(await readWhole(response, clock), apiKey);
          return createStream({ call, response, clock });
        },
      }),
    models: (signal = new AbortController().signal) => modelList.read(signal),
    health: health.read,
    close: (deadlineMs = 10_000) => {
      health.noteClosed();
      closing ??= client.close(deadlineMs);
      return closing;
    },
  };

  function createStream(opened: {
    call: ProviderCall;
    response: UpstreamResponse;
    clock: CallClock;
  }): ProviderStream {
    const { call, response, clock } = opened;
    let model = call.model;
    const chunks = createChunkReader({
      body: response.body,
      choices: call.request.n ?? 1,
      wantsUsage: call.request.stream_options?.include_usage === true,
      secret: apiKey,
      onEvent: (chunk: ChatCompletionChunk) => {
        clock.markEvent();
        model = chunk.model || model;
      },
      onEnd: ({ error, isEarly }) => {
        if (error !== undefined) return convertFailure(error, clock);
        clock.stop();
        if (!isEarly) health.noteAnswer();
        return undefined;
      },
    });
    return { chunks, facts: () => createFacts(model) };
  }
}

interface ExchangeOptions<Answer> {
  readonly signal: AbortSignal;
  readonly isStream: boolean;
  readonly run: (clock: CallClock) => Promise<Answer>;
}

function createFacts(modelVersion: string): AnswerFacts {
  return { dropped: [], modelVersion, adapter: null, promptVersion: null, interventions: null };
}

function isEventStream({ headers }: UpstreamResponse): boolean {
  return String(headers["content-type"] ?? "").startsWith("text/event-stream");
}

/** A stream was asked for and something else came with status 200: an error body, or an upstream that cannot stream. */
function refuseAnswer(text: string, secret: string | undefined): ProviderError {
  parseAnswer(text, { secret });
  return new ProviderError("The upstream answered a stream request at once.", { kind: "invalid_response" });
}
