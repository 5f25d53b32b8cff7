import type { Hono } from "hono";
import { OpenAiError } from "../protocol/openai-error.ts";
import { createErrorResponse } from "./error-response.ts";
import type { GatewayEnv } from "./gateway-env.ts";
import type { PassThrough } from "./pass-through.ts";
import { pickRequestId } from "./request-id.ts";

/**
 * Requests no handler takes: a known path with another method is 405 with `allow`, everything else goes on to the
 * upstream where there is one, and is 404 where not.
 */
export function addMissHandlers(app: Hono<GatewayEnv>, passThrough: PassThrough): void {
  app.notFound((c) => {
    const requestId = pickRequestId(c);
    const methods = listMethods(app, c.req.path);
    if (methods.length === 0) {
      const passed = passThrough(c);
      if (passed !== null) return passed;
      const message = `Unknown request URL: ${c.req.method} ${c.req.path}.`;
      return createErrorResponse(new OpenAiError(message, { status: 404, code: "unknown_url" }), requestId);
    }
    const message = `Not allowed to ${c.req.method} on ${c.req.path}.`;
    const error = new OpenAiError(message, { status: 405, code: "method_not_allowed" });
    const response = createErrorResponse(error, requestId);
    response.headers.set("allow", methods.join(", "));
    return response;
  });
  app.onError((error, c) => createErrorResponse(error, pickRequestId(c)));
}

function listMethods(app: Hono<GatewayEnv>, path: string): string[] {
  const matching = app.routes.filter((route) => createPathPattern(route.path).test(path));
  return [...new Set(matching.map(({ method }) => method))];
}

function createPathPattern(path: string): RegExp {
  const pattern = path.replaceAll(/:\w+\{\.\+\}/g, ".+").replaceAll(/:\w+/g, "[^/]+");
  return new RegExp(`^${pattern}$`);
}
