import type { Hono } from "hono";
import { OpenAiError } from "../protocol/openai-error.ts";
import { createJsonResponse } from "./admin/admin-handler.ts";
import type { GatewayEnv } from "./gateway-env.ts";
import { createModelList, type ModelListOptions } from "./list-models.ts";
import type { RequestTaker } from "./take-request.ts";

/** `GET /v1/models` and `GET /v1/models/{id}`. */
export function addModelHandlers(
  app: Hono<GatewayEnv>,
  { taker, ...options }: ModelListOptions & { taker: RequestTaker },
): void {
  const listModels = createModelList(options);
  app.get("/v1/models", (c) =>
    taker.handle(c, async ({ requestId }) =>
      createJsonResponse({ object: "list", data: await listModels() }, 200, requestId),
    ),
  );
  // Model names may hold slashes.
  app.get("/v1/models/:id{.+}", (c) =>
    taker.handle(c, async ({ requestId }) => {
      const id = c.req.param("id");
      const model = (await listModels()).find((candidate) => candidate.id === id);
      if (model === undefined) throw createModelError(id);
      return createJsonResponse(model, 200, requestId);
    }),
  );
}

function createModelError(id: string): OpenAiError {
  return new OpenAiError(`The model '${id}' does not exist or you do not have access to it.`, {
    status: 404,
    code: "model_not_found",
    param: "model",
  });
}
