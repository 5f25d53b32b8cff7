import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import { createUuidV7 } from "../protocol/ids.ts";
import { OpenAiError } from "../protocol/openai-error.ts";
import { placeRequest } from "../routing/place-request.ts";
import type { Route } from "../routing/route.ts";
import type { Access, Caller } from "./access.ts";
import { createTimeHeader } from "./answer-headers.ts";
import { createClientSignal } from "./client-gone.ts";
import { pickConsent, refusesToBeKept } from "./consent.ts";
import { convertToOpenAiError, createErrorResponse } from "./error-response.ts";
import { type GatewayContext, readHeader } from "./gateway-env.ts";
import type { GatewayLogger } from "./gateway-logger.ts";
import type { InferenceIntake } from "./inference-trace.ts";
import type { LiveRoutes } from "./live-routes.ts";
import type { GatewayMetrics } from "./metrics.ts";
import { nameOfError } from "./name-of-error.ts";
import { type BodyLimits, type JsonBody, readBody, readJsonBody, readJsonText } from "./read-json-body.ts";
import type { RecognisedRequest, RequestDomain } from "./request-domain.ts";
import { pickRequestId } from "./request-id.ts";

export interface TakerDeps {
  readonly access: Access;
  readonly routes: LiveRoutes;
  readonly domain: RequestDomain;
  readonly limits: BodyLimits;
  /** Keys the stored hashes of sticky keys. */
  readonly stickySecret: string;
  readonly metrics: GatewayMetrics;
  readonly logger: GatewayLogger;
  readonly now: () => number;
}

interface RequestDraft {
  readonly endpoint: InferenceIntake["endpoint"];
  readonly request: ChatCompletionRequest;
  /** The text that `request` was parsed from, when the client wrote the request itself. */
  readonly bodyText?: string;
  /** Fields that the conversion to a chat request left out. */
  readonly dropped?: readonly string[];
  /** Set when the endpoint, not the model name, decides the route. */
  readonly routeName?: string;
  /** Set when the endpoint knows the domain's reading already. */
  readonly recognised?: RecognisedRequest;
}

interface AdmittedRequest {
  readBody(): Promise<unknown>;
  /** The body with the client's own text of it. */
  readBodyText(): Promise<JsonBody>;
  /** The body as it is, of whatever type. */
  readBytes(): Promise<Uint8Array>;
  /** Fires when the client leaves. */
  readonly signal: AbortSignal;
  readonly requestId: string;
  /** Routes the request and fixes what stays true of it. Throws OpenAiError 404. */
  takeIn(draft: RequestDraft): InferenceIntake;
}

/** The steps every answering endpoint begins with, and the one place where their failures become answers. */
export interface RequestTaker {
  handle(c: GatewayContext, work: (admitted: AdmittedRequest) => Promise<Response>): Promise<Response>;
}

export function createRequestTaker(deps: TakerDeps): RequestTaker {
  const { access, limits, metrics, logger, now } = deps;
  return {
    async handle(c, work) {
      const startedAt = now();
      const requestId = pickRequestId(c);
      try {
        const signal = createClientSignal(c);
        const caller = access.admitCaller(c);
        return await work({
          readBody: () => readJsonBody(c, limits),
          readBodyText: () => readJsonText(c, limits),
          readBytes: () => readBody(c, limits),
          signal,
          requestId,
          takeIn: (draft) => createIntake({ c, deps, draft, caller, requestId, startedAt, signal }),
        });
      } catch (error) {
        const { status } = convertToOpenAiError(error);
        metrics.observeRefusal(status);
        if (status === 500)
          logger.error({ request: requestId, error: nameOfError(error) }, "a request broke the gateway");
        const response = createErrorResponse(error, requestId);
        for (const [name, value] of Object.entries(createTimeHeader(startedAt, now()))) {
          response.headers.set(name, value);
        }
        return response;
      }
    },
  };
}

function createIntake(options: {
  c: GatewayContext;
  deps: TakerDeps;
  draft: RequestDraft;
  caller: Caller;
  requestId: string;
  startedAt: number;
  signal: AbortSignal;
}): InferenceIntake {
  const { c, deps, draft, caller, requestId, startedAt, signal } = options;
  const { request, endpoint, bodyText } = draft;
  const route = findRoute(deps.routes, draft);
  const sources = {
    route: route.consent,
    key: caller.consent ?? undefined,
    noLogHeader: readHeader(c, "x-tailor-no-log"),
    store: request.store,
  };
  return {
    id: createUuidV7(startedAt),
    requestId,
    endpoint,
    request,
    dropped: draft.dropped ?? [],
    clientBody: bodyText === undefined ? undefined : { text: bodyText, request },
    route,
    recognise: once(() => draft.recognised ?? deps.domain.recognise(request)),
    ...placeRequest({
      route,
      request,
      requestId,
      header: readHeader(c, "x-tailor-sticky-key"),
      secret: deps.stickySecret,
    }),
    tenant: caller.tenant,
    consent: pickConsent(sources),
    // Whose words are not to be logged does not want them in a cache either; a route that logs nothing has its own switch.
    skipsCache: /\bno-store\b/i.test(readHeader(c, "cache-control") ?? "") || refusesToBeKept(sources),
    startedAt,
    signal,
  };
}

function once<Value>(work: () => Value): () => Value {
  let result: { readonly value: Value } | undefined;
  return () => {
    result ??= { value: work() };
    return result.value;
  };
}

function findRoute(routes: LiveRoutes, { request, routeName }: RequestDraft): Route {
  const route = routeName === undefined ? routes.resolve(request.model) : routes.get(routeName);
  if (route?.enabled) return route;
  throw new OpenAiError(`The model '${request.model}' does not exist or you do not have access to it.`, {
    status: 404,
    code: "model_not_found",
    param: "model",
  });
}
