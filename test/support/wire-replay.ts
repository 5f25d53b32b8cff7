import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { keyOf, type WireExchange } from "./wire-exchange.ts";

export interface WireReplay {
  readonly baseUrl: string;
  cutConnections(): void;
  close(): Promise<void>;
}

export interface WireReplayOptions {
  /** Recorded exchanges, as a recorder wrote them. */
  readonly file: string;
  /** Sizes of the pieces that bodies are written in, in turn; whole events when left out. */
  readonly pieceBytes?: readonly number[] | undefined;
  /** Requests whose answers take their time, so that they can be cut in the middle. */
  readonly isSlow: (body: Readonly<Record<string, unknown>>) => boolean;
}

const SLOW_MS = 600;

/** A real HTTP server that answers as an upstream once did, byte for byte. What was never asked is a 599. */
export async function startWireReplay(options: WireReplayOptions): Promise<WireReplay> {
  const { file, pieceBytes, isSlow } = options;
  const exchanges: WireExchange[] = JSON.parse(readFileSync(file, "utf8"));
  const byKey = new Map(exchanges.map((exchange) => [keyOf(exchange.request), exchange]));

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readText(incoming);
    const { method = "", url: path = "" } = incoming;
    const body = text === "" ? null : JSON.parse(text);
    const exchange = byKey.get(keyOf({ method, path, body }));
    if (exchange === undefined) {
      response.writeHead(599, { "content-type": "text/plain" }).end(`never recorded: ${method} ${path}`);
      return;
    }
    response.socket?.setNoDelay(true);
    response.writeHead(exchange.response.status, exchange.response.headers);
    if (body !== null && isSlow(body)) await writeSlowly(response, exchange);
    else await writePieces(response, { body: Buffer.from(exchange.response.body), sizes: pieceBytes });
    response.end();
  }

  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    cutConnections: () => server.closeAllConnections(),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function writeSlowly(response: ServerResponse, exchange: WireExchange): Promise<void> {
  const events = exchange.response.body.split(/(?<=\n\n)/);
  response.flushHeaders();
  for (const event of events) {
    await sleep(SLOW_MS / events.length);
    if (response.destroyed) return;
    response.write(event);
  }
}

async function writePieces(
  response: ServerResponse,
  { body, sizes }: { body: Buffer; sizes: readonly number[] | undefined },
): Promise<void> {
  if (sizes === undefined) {
    response.write(body);
    return;
  }
  for (let at = 0, turn = 0; at < body.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    response.write(body.subarray(at, at + size));
    at += size;
    // One turn of the event loop, so that the pieces leave one by one.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}
