import type { Access } from "../access.ts";
import { createErrorResponse } from "../error-response.ts";
import type { GatewayContext } from "../gateway-env.ts";
import { pickRequestId } from "../request-id.ts";

export type AdminHandler = (c: GatewayContext) => Promise<Response>;

/** Lets admins through and turns failures into the envelope. */
export function createAdminGuard(access: Access): (work: AdminHandler) => AdminHandler {
  return (work) => async (c) => {
    try {
      access.admitAdmin(c);
      return await work(c);
    } catch (error) {
      return createErrorResponse(error, pickRequestId(c));
    }
  };
}

export function createJsonResponse(value: unknown, status = 200, requestId?: string): Response {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (requestId !== undefined) headers["x-request-id"] = requestId;
  return new Response(JSON.stringify(value), { status, headers });
}
