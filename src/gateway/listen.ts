import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import type { GatewayEnv } from "./gateway-env.ts";
import { refuseAddress, refuseConnection } from "./unreadable-request.ts";

export interface HttpServer {
  /** `http://127.0.0.1:8080` with the port that was really taken. */
  readonly url: string;
  /**
   * Takes no new connections, lets requests under way end, and cuts what is left at the deadline.
   * Answers whether everything ended by itself.
   */
  close(options: { deadlineMs: number }): Promise<boolean>;
}

export interface ListenOptions {
  readonly app: Hono<GatewayEnv>;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

const IDLE_CHECK_MS = 20;

export async function listen({ app, host, port }: ListenOptions): Promise<HttpServer> {
  const listener = getRequestListener((request, env) => app.fetch(request, env), {
    // The app turns its own errors into answers: what comes here never reached it.
    errorHandler: refuseAddress,
  });
  const server = createServer((incoming, outgoing) => {
    // Keeps a client from reusing a connection that is about to be closed.
    if (!server.listening) outgoing.shouldKeepAlive = false;
    void listener(incoming, outgoing);
  });
  server.on("clientError", refuseConnection);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  // A TCP server that listens has an address object.
  const address = server.address() as AddressInfo;
  const shownHost = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `http://${shownHost}:${address.port}`,
    close: ({ deadlineMs }) => closeServer(server, deadlineMs),
  };
}

function closeServer(server: Server, deadlineMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    let endedAlone = true;
    const idleTimer = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
    const deadline = setTimeout(() => {
      endedAlone = false;
      server.closeAllConnections();
    }, deadlineMs);
    server.close(() => {
      clearInterval(idleTimer);
      clearTimeout(deadline);
      resolve(endedAlone);
    });
  });
}
