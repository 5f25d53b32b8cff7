import { Hono } from "hono";
import { createAccess } from "./access.ts";
import { createAdminGuard, createJsonResponse } from "./admin/admin-handler.ts";
import { addEraseHandler } from "./admin/erase-handler.ts";
import { addLogHandlers } from "./admin/log-handlers.ts";
import { createRouteChanges } from "./admin/route-changes.ts";
import { addRouteHandlers } from "./admin/route-handlers.ts";
import { addStateHandlers } from "./admin/state-handlers.ts";
import { createAnswerFormats } from "./answer-format.ts";
import { createAnswerCache } from "./cache/answer-cache.ts";
import { createEraseListener } from "./cache/forget-erased.ts";
import { createChatCompletionsHandler } from "./chat-completions.ts";
import { createCompletionsHandler } from "./completions.ts";
import { createEmbeddingsHandler } from "./embeddings.ts";
import { createFeedbackTaker } from "./feedback.ts";
import type { GatewayDeps } from "./gateway-deps.ts";
import type { GatewayEnv } from "./gateway-env.ts";
import { createGenerateHandler } from "./generate.ts";
import { createInFlight } from "./in-flight.ts";
import { createInferenceLogBook } from "./inference-log-book.ts";
import { createGatewayMetrics } from "./metrics.ts";
import { addMissHandlers } from "./miss-handlers.ts";
import { addModelHandlers } from "./model-handlers.ts";
import { createPassThrough } from "./pass-through.ts";
import { createPipeline } from "./pipeline.ts";
import { addProbeHandlers } from "./probe-handlers.ts";
import { readJsonBody } from "./read-json-body.ts";
import { readReadiness } from "./readiness.ts";
import { createResponsesHandler } from "./responses.ts";
import { createInferenceServer } from "./serve-inference.ts";
import { createRequestTaker } from "./take-request.ts";

/** Longest time a request that is passed through may take, uploads and long answers included. */
const FORWARD_TIMEOUT_MS = 600_000;

export interface Gateway {
  readonly app: Hono<GatewayEnv>;
  /** From now on `/readyz` says no. */
  startDraining(): void;
  /** Resolves when no request is under way and everything answered is handed to the log. */
  idle(): Promise<void>;
}

/** The HTTP edge, wired from its parts. Starts nothing and listens nowhere: give `app.fetch` to a server. */
export function createGateway(deps: GatewayDeps): Gateway {
  const { providers, routes, passthrough, domain, now, settings } = deps;
  const { recorder, reader, keys } = deps.store;
  const { formats = createAnswerFormats() } = deps;
  const app = new Hono<GatewayEnv>();
  const inFlight = createInFlight();
  const cache = createAnswerCache({
    maxBytes: settings.cacheBytes,
    maxEntryBytes: settings.cacheEntryBytes,
    secret: settings.stickySecret,
    shared: deps.sharedAnswers,
    servedVersion: ({ provider, model }) => providers.get(provider)?.servedVersion?.(model) ?? null,
    isErased: deps.store.erasures.covers,
  });
  deps.store.erasures.onErased(createEraseListener(cache));
  const metrics = createGatewayMetrics({ recorder, cache, inFlight: inFlight.count, gauges: deps.gauges });
  const access = createAccess({ ...settings, keys });
  const logBook = createInferenceLogBook({
    ...deps,
    ...settings,
    // A vector has no second opinion.
    offerShadow: (trace, record) => {
      if (record.endpoint !== "embeddings") deps.offerShadow(trace, record);
    },
    recorder,
    metrics,
    formats,
  });
  const pipeline = createPipeline({ providers, cache, formats, now });
  const { keepAliveMs = 15_000 } = settings;
  const server = createInferenceServer({ pipeline, logBook, inFlight, now, keepAliveMs });
  const taker = createRequestTaker({ ...deps, ...settings, access, metrics });
  const giveFeedback = createFeedbackTaker({ recorder, reader, now });
  let isDraining = false;

  app.post("/v1/chat/completions", createChatCompletionsHandler({ taker, server }));
  app.post("/v1/completions", createCompletionsHandler({ taker, server }));
  app.post("/v1/responses", createResponsesHandler({ taker, server }));
  app.post("/v1/embeddings", createEmbeddingsHandler({ taker, server, providers, cache, now }));
  app.post("/generate", createGenerateHandler({ taker, server, domain, routeName: settings.generateRoute }));
  app.post("/v1/feedback", (c) =>
    taker.handle(c, async ({ readBody }) => createJsonResponse(await giveFeedback(await readBody()), 201)),
  );
  addModelHandlers(app, { taker, routes, passthrough, startedAt: Math.floor(now() / 1000) });
  addProbeHandlers(app, {
    metrics,
    readReadiness: () =>
      readReadiness({ providers, routes: routes.list(), recorder, cache: cache.sharedState(), isDraining }),
  });
  addAdminHandlers(app, { deps, guard: createAdminGuard(access), giveFeedback });
  addMissHandlers(app, createPassThrough({ taker, provider: passthrough, timeoutMs: FORWARD_TIMEOUT_MS }));

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

function addAdminHandlers(
  app: Hono<GatewayEnv>,
  options: {
    deps: GatewayDeps;
    guard: ReturnType<typeof createAdminGuard>;
    giveFeedback: ReturnType<typeof createFeedbackTaker>;
  },
): void {
  const { deps, guard, giveFeedback } = options;
  const { routes, store, now } = deps;
  const { limits } = deps.settings;
  const changes = createRouteChanges({
    live: routes,
    store: store.routes,
    audit: store.audit,
    providers: { active: new Set(deps.providers.keys()), inactive: deps.inactiveProviders },
    now,
  });
  addRouteHandlers(app, { guard, live: routes, changes, limits });
  addLogHandlers(app, { guard, reader: store.reader });
  addStateHandlers(app, { ...deps, guard });
  addEraseHandler(app, { guard, erase: deps.erase, stickySecret: deps.settings.stickySecret, limits });
  app.post(
    "/admin/feedback",
    guard(async (c) => createJsonResponse(await giveFeedback(await readJsonBody(c, limits)), 201)),
  );
}
