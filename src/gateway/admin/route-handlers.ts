import type { Hono } from "hono";
import { z } from "zod";
import { OpenAiError } from "../../protocol/openai-error.ts";
import { type GatewayContext, type GatewayEnv, readHeader } from "../gateway-env.ts";
import type { LiveRoutes } from "../live-routes.ts";
import { parseInput } from "../parse-input.ts";
import { type BodyLimits, readJsonBody } from "../read-json-body.ts";
import { type AdminHandler, createJsonResponse } from "./admin-handler.ts";
import type { ChangeNote, RouteChanges } from "./route-changes.ts";

const revertSchema = z.strictObject({
  version: z.number().int().min(1),
  reason: z.string().max(500).optional(),
});

export interface RouteHandlersDeps {
  readonly guard: (work: AdminHandler) => AdminHandler;
  readonly live: LiveRoutes;
  readonly changes: RouteChanges;
  readonly limits: BodyLimits;
}

/** `/admin/routes` and what is below it. */
export function addRouteHandlers(
  app: Hono<GatewayEnv>,
  { guard, live, changes, limits }: RouteHandlersDeps,
): void {
  app.get(
    "/admin/routes",
    guard(async () => createJsonResponse({ data: live.list() })),
  );

  app.get(
    "/admin/routes/:name",
    guard(async (c) => {
      const route = live.get(readName(c));
      if (route !== null) return createJsonResponse(route);
      throw new OpenAiError(`There is no route '${readName(c)}'.`, { status: 404, code: "route_not_found" });
    }),
  );

  app.put(
    "/admin/routes/:name",
    guard(async (c) => {
      const candidate = await readJsonBody(c, limits);
      return createJsonResponse(await changes.edit(readName(c), { candidate, ...readNote(c) }));
    }),
  );

  app.get(
    "/admin/routes/:name/history",
    guard(async (c) => createJsonResponse({ data: await changes.history(readName(c)) })),
  );

  app.post(
    "/admin/routes/:name/revert",
    guard(async (c) => {
      const { version, reason } = parseInput(revertSchema, await readJsonBody(c, limits));
      const note = readNote(c);
      const change = { ...note, version, reason: reason ?? note.reason };
      return createJsonResponse(await changes.revert(readName(c), change));
    }),
  );
}

function readName(c: GatewayContext): string {
  return c.req.param("name") ?? "";
}

/** Who and why, for the history; both may be left out. */
function readNote(c: GatewayContext): ChangeNote {
  return {
    actor: (readHeader(c, "x-tailor-actor") ?? "admin").slice(0, 100),
    reason: readHeader(c, "x-tailor-reason")?.slice(0, 500) ?? null,
  };
}
