import type { Hono } from "hono";
import { createJsonResponse } from "./admin/admin-handler.ts";
import type { GatewayEnv } from "./gateway-env.ts";
import type { GatewayMetrics } from "./metrics.ts";
import type { Readiness } from "./readiness.ts";

export interface ProbeHandlersDeps {
  readonly metrics: GatewayMetrics;
  readonly readReadiness: () => Readiness;
}

/** What orchestrators and scrapers ask; needs no key. */
export function addProbeHandlers(app: Hono<GatewayEnv>, { metrics, readReadiness }: ProbeHandlersDeps): void {
  app.get("/healthz", () => createJsonResponse({ status: "ok" }));
  app.get("/readyz", () => {
    const readiness = readReadiness();
    return createJsonResponse(readiness, readiness.ready ? 200 : 503);
  });
  app.get("/metrics", async () => {
    const { text, contentType } = await metrics.render();
    return new Response(text, { headers: { "content-type": contentType } });
  });
}
