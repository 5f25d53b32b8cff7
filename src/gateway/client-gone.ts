import type { GatewayContext } from "./gateway-env.ts";

/** The client closed the connection before its answer was complete. Nobody is left to read a status. */
class ClientGone extends Error {
  override readonly name = "ClientGone";
}

/** Logged for answers nobody waited for; the number nginx made usual. */
export const CLIENT_GONE_STATUS = 499;

/** A signal that fires when the client leaves before the answer is finished. */
export function createClientSignal(c: GatewayContext): AbortSignal {
  const outgoing = c.env?.outgoing;
  if (outgoing === undefined) return c.req.raw.signal;
  const controller = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) controller.abort(new ClientGone("The client left."));
  });
  return controller.signal;
}
