import { createCompletionId, createUuidV7 } from "../../protocol/ids.ts";
import type { AnswerFacts, Provider, ProviderCall, ProviderStream } from "../provider.ts";
import { ProviderError } from "../provider-error.ts";
import { convertTextToCalls, createTextToCallsConverter } from "./answers/calls-from-text.ts";
import { createChunkReader } from "./answers/chunk-reader.ts";
import { parseAnswer } from "./answers/parse-answer.ts";
import type { ExchangeRequest, OpenCall } from "./calls/exchange.ts";
import { pickRateLimits } from "./calls/rate-limits.ts";
import { readWhole } from "./calls/read-whole.ts";
import type { UpstreamResponse } from "./calls/upstream-client.ts";
import type { Endpoint } from "./dialects/dialect.ts";
import type { RequestWriter } from "./requests/request-body.ts";

/** Path and query of an endpoint, for the model where it has one. */
export type Locate = (endpoint: Endpoint, model: string | null) => string;

export interface ChatCallsOptions {
  readonly open: (request: ExchangeRequest) => Promise<OpenCall>;
  readonly write: RequestWriter;
  readonly locate: Locate;
  /** The upstream's key, kept out of messages. */
  readonly secret: string | undefined;
  readonly now: () => number;
}

/** Chat Completions over one upstream. */
export function createChatCalls(options: ChatCallsOptions): Pick<Provider, "complete" | "stream"> {
  const { secret, now } = options;
  const createStamp = (model: string) => ({
    id: createCompletionId(createUuidV7(now())),
    created: Math.floor(now() / 1000),
    model,
  });
  const parse = (text: string, { model }: ProviderCall) =>
    parseAnswer(text, { secret, stamp: createStamp(model) });

  return {
    async complete(call) {
      const { opened, facts, areCallsText } = await post(call, { ...options, stream: false });
      const answer = await readWhole(opened, (text) => parse(text, call));
      const completion = areCallsText ? convertTextToCalls(answer) : answer;
      return { completion, facts: facts(completion.model) };
    },
    async stream(call) {
      const asked = await post(call, { ...options, stream: true });
      if (isEventStream(asked.opened.response)) {
        return createStream({ ...asked, call, secret, stamp: createStamp(call.model) });
      }
      return readWhole(asked.opened, (text) => {
        // An error body with status 200 says more than that it is no stream.
        parse(text, call);
        throw new ProviderError("The upstream answered a stream request at once.", {
          kind: "invalid_response",
        });
      });
    },
  };
}

interface AskedCall {
  readonly opened: OpenCall;
  readonly facts: (modelVersion: string) => AnswerFacts;
  /** The answer's text stands for calls. */
  readonly areCallsText: boolean;
}

async function post(
  call: ProviderCall,
  { open, write, locate, stream }: ChatCallsOptions & { stream: boolean },
): Promise<AskedCall> {
  const { text: body, dropped, areCallsText } = write(call, { stream });
  const opened = await open({
    method: "POST",
    path: locate("chat/completions", call.model),
    body,
    signal: call.signal,
    requestId: call.requestId,
    onRetry: call.onRetry,
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
    decoding: null,
    promptVersion: null,
    interventions: null,
    rateLimits: pickRateLimits(opened.response),
  });
  return { opened, facts, areCallsText };
}

function createStream(
  stream: AskedCall & {
    call: ProviderCall;
    secret: string | undefined;
    stamp: { id: string; created: number; model: string };
  },
): ProviderStream {
  const { call, opened, facts, secret, stamp, areCallsText } = stream;
  let model: string | null = null;
  const chunks = createChunkReader({
    body: opened.response.body,
    choices: call.request.n ?? 1,
    wantsUsage: call.request.stream_options?.include_usage === true,
    secret,
    stamp,
    convert: areCallsText ? createTextToCallsConverter() : undefined,
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

function isEventStream({ headers }: UpstreamResponse): boolean {
  return String(headers["content-type"] ?? "").startsWith("text/event-stream");
}
