import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Socket } from "node:net";
import { type ChatBody, playScript } from "./play-script.ts";
import type { UpstreamScript } from "./upstream-script.ts";

interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** The body as it came. */
  readonly text: string;
  /** Parsed JSON; null when there was none. */
  readonly body: ChatBody | null;
  /** Settles when the answer was sent (true) or its connection broke first (false). */
  readonly sent: Promise<boolean>;
}

export interface ScriptedUpstream {
  /** `http://127.0.0.1:<port>/v1`. */
  readonly baseUrl: string;
  /** Everything asked so far, oldest first; control calls are not in it. */
  readonly requests: RecordedRequest[];
  /** Scripts for the next requests, in order; afterwards the default applies again. */
  play(...scripts: UpstreamScript[]): void;
  setDefault(script: UpstreamScript | ((body: ChatBody) => UpstreamScript)): void;
  /** How many connections were ever opened. */
  connectionsTaken(): number;
  /** Most requests that were under way at the same time. */
  peakInFlight(): number;
  /** Breaks every connection; the server goes on listening. */
  cutConnections(): void;
  close(): Promise<void>;
}

export interface ScriptedUpstreamOptions {
  readonly port?: number;
  /** Names in `GET /models`; a chat request for another one is answered 404. */
  readonly models?: readonly string[];
  readonly script?: UpstreamScript | ((body: ChatBody) => UpstreamScript);
  /** Serves HTTPS with this certificate and key (PEM). */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/**
 * A real HTTP server that speaks Chat Completions and fails on demand. Besides `/v1` it has `PUT /script` (default
 * script as JSON) and `GET /requests` (bodies so far) for a parent process.
 */
export async function createScriptedUpstream(
  options: ScriptedUpstreamOptions = {},
): Promise<ScriptedUpstream> {
  const models = options.models ?? ["upstream-model"];
  const queue: UpstreamScript[] = [];
  const requests: RecordedRequest[] = [];
  const sockets = new Set<Socket>();
  let pickDefault = asFunction(options.script ?? { kind: "answer" });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readText(request);
    const path = request.url ?? "";
    if (path === "/script") {
      pickDefault = asFunction(JSON.parse(text));
      return sendJson(response, { value: { ok: true } });
    }
    if (path === "/requests") return sendJson(response, { value: requests.map(({ body }) => body) });
    const body: ChatBody | null = text === "" ? null : JSON.parse(text);
    requests.push({
      method: request.method ?? "",
      path,
      headers: request.headers,
      text,
      body,
      sent: watch(response),
    });
    if (/\/models(\?|$)/.test(path)) {
      const data = models.map((id) => ({
        id,
        object: "model",
        created: 1_700_000_000,
        owned_by: "scripted",
      }));
      return sendJson(response, { value: { object: "list", data } });
    }
    if (body === null || !models.includes(body.model)) return sendJson(response, unknownModel(body?.model));
    await playScript({ script: queue.shift() ?? pickDefault(body), body, response });
  }

  const handle = (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response).catch(() => response.destroy());
  };
  const server = options.tls === undefined ? createServer(handle) : createSecureServer(options.tls, handle);
  let connections = 0;
  let inFlight = 0;
  let peak = 0;
  server.on("request", (_request, response) => {
    inFlight += 1;
    peak = Math.max(peak, inFlight);
    response.once("close", () => {
      inFlight -= 1;
    });
  });
  server.on("connection", (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const port = await listen(server, options.port ?? 0);
  const cutConnections = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };

  return {
    baseUrl: `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}/v1`,
    requests,
    play: (...scripts) => queue.push(...scripts),
    setDefault: (script) => {
      pickDefault = asFunction(script);
    },
    connectionsTaken: () => connections,
    peakInFlight: () => peak,
    cutConnections,
    close: () => {
      cutConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** A URL on which nothing listens: connections are refused. */
export async function reserveRefusedUrl(): Promise<string> {
  const server = createServer();
  const port = await listen(server, 0);
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/v1`;
}

function asFunction(
  script: UpstreamScript | ((body: ChatBody) => UpstreamScript),
): (body: ChatBody) => UpstreamScript {
  return typeof script === "function" ? script : () => script;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function watch(response: ServerResponse): Promise<boolean> {
  return new Promise((resolve) => response.once("close", () => resolve(response.writableFinished)));
}

async function readText(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}

function sendJson(
  response: ServerResponse,
  { value, status = 200 }: { value: unknown; status?: number },
): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function unknownModel(model = "") {
  const message = `The model '${model}' does not exist.`;
  return {
    status: 404,
    value: { error: { message, type: "invalid_request_error", param: null, code: "model_not_found" } },
  };
}
