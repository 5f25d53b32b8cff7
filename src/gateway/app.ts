import { Hono } from "hono";
import { OpenAiError } from "../protocol/openai-error.ts";
import type { Provider } from "../providers/provider.ts";
import type {
  InferenceReader,
  InferenceRecord,
  InferenceRecorder,
  RouteStore,
} from "../store/inference-log.ts";
import { type AccessKeys, createAccess } from "./access.ts";
import { createAdminGuard, createJsonResponse } from "./admin/admin-handler.ts";
import { addLogHandlers } from "./admin/log-handlers.ts";
import { createRouteChanges, type RouteChangesOptions } from "./admin/route-changes.ts";
import { addRouteHandlers } from "./admin/route-handlers.ts";
import { addStateHandlers, type InstanceFacts } from "./admin/state-handlers.ts";
import { createAnswerCache } from "./answer-cache.ts";
import { type AnswerFormats, createAnswerFormats } from "./answer-format.ts";
import { createChatCompletionsHandler } from "./chat-completions.ts";
import { createErrorResponse } from "./error-response.ts";
import { createFeedbackTaker } from "./feedback.ts";
import type { GatewayEnv } from "./gateway-env.ts";
import type { GatewayLogger } from "./gateway-logger.ts";
import { createGenerateHandler } from "./generate.ts";
import { createInFlight } from "./in-flight.ts";
import { createInferenceLogBook, type LogBookOptions } from "./inference-log-book.ts";
import type { InferenceTrace } from "./inference-trace.ts";
import { createModelList } from "./list-models.ts";
import type { LiveRoutes } from "./live-routes.ts";
import { createGatewayMetrics } from "./metrics.ts";
import { createPipeline } from "./pipeline.ts";
import { type BodyLimits, readJsonBody } from "./read-json-body.ts";
import { readReadiness } from "./readiness.ts";
import type { RequestDomain } from "./request-domain.ts";
import { pickRequestId } from "./request-id.ts";
import { createInferenceServer } from "./serve-inference.ts";
import { createRequestTaker } from "./take-request.ts";

export interface GatewayDeps {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly routes: LiveRoutes;
  /** The upstream that takes model names no route knows; the same that `routes` passes through to. */
  readonly passthrough: Provider | undefined;
  readonly domain: RequestDomain;
  readonly store: {
    readonly recorder: InferenceRecorder;
    readonly reader: InferenceReader;
    readonly routes: RouteStore;
    readonly keys: AccessKeys;
    readonly audit: RouteChangesOptions["audit"];
  };
  /** Shared with whoever else compiles the callers' schemas; a set of its own when left out. */
  readonly formats?: AnswerFormats | undefined;
  /** Configured providers that cannot be used now, with what they lack. */
  readonly inactiveProviders: ReadonlyMap<string, string>;
  /** Offers a finished request to the shadow runner; must not throw. */
  readonly offerShadow: (trace: InferenceTrace, record: InferenceRecord) => void;
  /** US dollars of a call; null when the target's price is not known. */
  readonly costUsd: LogBookOptions["costUsd"];
  /** Further numbers for `/metrics`, read at scrape time. */
  readonly gauges: () => Readonly<Record<string, number>>;
  /** State of the local engine for `/admin/engine`. */
  readonly describeEngine: () => unknown;
  readonly instance: InstanceFacts;
  readonly logger: GatewayLogger;
  readonly now: () => number;
  readonly settings: GatewaySettings;
}

interface GatewaySettings {
  /** True when the server is bound to a loopback address. */
  readonly isLoopback: boolean;
  readonly adminKey: string | undefined;
  readonly logMode: "async" | "strict";
  /** Keys the stored hashes of sticky keys; the same for every instance on one database. */
  readonly stickySecret: string;
  readonly limits: BodyLimits;
  readonly cacheBytes: number;
  /** Route that answers `/generate`. */
  readonly generateRoute: string;
}

export interface Gateway {
  readonly app: Hono<GatewayEnv>;
  /** From now on `/readyz` says no. */
  startDraining(): void;
  /** Resolves when no request is under way and everything answered is handed to the log. */
  idle(): Promise<void>;
}

/** The HTTP edge, wired from its parts. Starts nothing and listens nowhere: give `app.fetch` to a server. */
export function createGateway(deps: GatewayDeps): Gateway {
  const { providers, routes, passthrough, domain, store, logger, now, settings } = deps;
  const { recorder, reader } = store;
  const { limits, stickySecret } = settings;
  const app = new Hono<GatewayEnv>();
  const inFlight = createInFlight();
  const cache = createAnswerCache({ maxBytes: settings.cacheBytes });
  const { formats = createAnswerFormats() } = deps;
  const metrics = createGatewayMetrics({ recorder, cache, inFlight: inFlight.count, gauges: deps.gauges });
  const access = createAccess({ ...settings, keys: store.keys });
  const logBook = createInferenceLogBook({ ...deps, ...settings, recorder, metrics, formats });
  const pipeline = createPipeline({ providers, cache, formats, now });
  const server = createInferenceServer({ pipeline, logBook, inFlight, now });
  const taker = createRequestTaker({ access, routes, domain, limits, stickySecret, metrics, logger, now });
  const guard = createAdminGuard(access);
  const giveFeedback = createFeedbackTaker({ recorder, reader, now });
  const listModels = createModelList({ routes, passthrough, startedAt: Math.floor(now() / 1000) });
  let isDraining = false;

  app.post("/v1/chat/completions", createChatCompletionsHandler({ taker, server }));
  app.post("/generate", createGenerateHandler({ taker, server, domain, routeName: settings.generateRoute }));
  app.post("/v1/feedback", (c) =>
    taker.handle(c, async ({ readBody }) => createJsonResponse(await giveFeedback(await readBody()), 201)),
  );
  app.get("/v1/models", (c) =>
    taker.handle(c, async () => createJsonResponse({ object: "list", data: await listModels() })),
  );
  // Model names may hold slashes.
  app.get("/v1/models/:id{.+}", (c) =>
    taker.handle(c, async () => {
      const id = c.req.param("id");
      const model = (await listModels()).find((candidate) => candidate.id === id);
      if (model === undefined) throw createModelError(id);
      return createJsonResponse(model);
    }),
  );

  app.get("/healthz", () => createJsonResponse({ status: "ok" }));
  app.get("/readyz", () => {
    const readiness = readReadiness({ providers, routes: routes.list(), recorder, isDraining });
    return createJsonResponse(readiness, readiness.ready ? 200 : 503);
  });
  app.get("/metrics", async () => {
    const { text, contentType } = await metrics.render();
    return new Response(text, { headers: { "content-type": contentType } });
  });

  const changes = createRouteChanges({
    live: routes,
    store: store.routes,
    audit: store.audit,
    providers: { active: new Set(providers.keys()), inactive: deps.inactiveProviders },
    now,
  });
  addRouteHandlers(app, { guard, live: routes, changes, limits });
  addLogHandlers(app, { guard, reader });
  addStateHandlers(app, { guard, routes, instance: deps.instance, describeEngine: deps.describeEngine });
  app.post(
    "/admin/feedback",
    guard(async (c) => createJsonResponse(await giveFeedback(await readJsonBody(c, limits)), 201)),
  );

  addMissHandlers(app);
  app.onError((error, c) => createErrorResponse(error, pickRequestId(c)));

  return {
    app,
    startDraining: () => {
      isDraining = true;
    },
    async idle() {
      await inFlight.idle();
      await logBook.settled();
    },
  };
}

function createModelError(id: string): OpenAiError {
  return new OpenAiError(`The model '${id}' does not exist or you do not have access to it.`, {
    status: 404,
    code: "model_not_found",
    param: "model",
  });
}

/** A known path with another method is 405 with `allow`; everything else is 404. */
function addMissHandlers(app: Hono<GatewayEnv>): void {
  const known = app.routes.map(({ method, path }) => ({ method, pattern: createPathPattern(path) }));
  app.notFound((c) => {
    const methods = known.filter(({ pattern }) => pattern.test(c.req.path)).map(({ method }) => method);
    const requestId = pickRequestId(c);
    if (methods.length === 0) {
      const message = `Unknown request URL: ${c.req.method} ${c.req.path}.`;
      return createErrorResponse(new OpenAiError(message, { status: 404, code: "unknown_url" }), requestId);
    }
    const message = `Not allowed to ${c.req.method} on ${c.req.path}.`;
    const error = new OpenAiError(message, { status: 405, code: "method_not_allowed" });
    const response = createErrorResponse(error, requestId);
    response.headers.set("allow", [...new Set(methods)].join(", "));
    return response;
  });
}

function createPathPattern(path: string): RegExp {
  const pattern = path.replaceAll(/:\w+\{\.\+\}/g, ".+").replaceAll(/:\w+/g, "[^/]+");
  return new RegExp(`^${pattern}$`);
}
