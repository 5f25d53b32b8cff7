import { randomUUID } from "node:crypto";
import { type GatewayContext, readHeader } from "./gateway-env.ts";

/** The client's own id when it is harmless in headers and logs, else a new one. */
export function pickRequestId(c: GatewayContext): string {
  const sent = readHeader(c, "x-request-id");
  return sent !== undefined && /^[\w.:-]{1,128}$/.test(sent)
    ? sent
    : `req_${randomUUID().replaceAll("-", "")}`;
}
