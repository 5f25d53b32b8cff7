import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

/** Node's own request and response are there over real HTTP and absent under `app.request()`. */
export interface GatewayEnv {
  Bindings: Partial<HttpBindings>;
}
export type GatewayContext = Context<GatewayEnv>;

/** A request header without building a `Headers` object when Node's own is at hand. */
export function readHeader(c: GatewayContext, name: string): string | undefined {
  const incoming = c.env?.incoming;
  if (incoming === undefined) return c.req.header(name);
  const value = incoming.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}
