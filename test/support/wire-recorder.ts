import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { request } from "undici";
import { keyOf, type WireExchange } from "./wire-exchange.ts";

/** Headers that say how an upstream answers; others (dates, lengths) belong to one connection. */
const KEPT_HEADERS = ["content-type", "retry-after"];

export interface WireRecorder {
  readonly baseUrl: string;
  cutConnections(): void;
  /** Writes what was heard, the first answer to every request, and stops. */
  close(): Promise<void>;
}

/** Stands between a client and an upstream and writes down what passes, to the end even when the client leaves. */
export async function startWireRecorder(options: {
  upstream: string;
  /** Null: nothing is written. */
  file: string | null;
}): Promise<WireRecorder> {
  const exchanges = new Map<string, WireExchange>();
  const pending = new Set<Promise<void>>();

  async function pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/" } = incoming;
    const text = await readText(incoming);
    const answer = await request(new URL(path, options.upstream), {
      method: method as "GET" | "POST",
      headers: { "content-type": "application/json" },
      body: text || null,
    });
    const headers = Object.fromEntries(
      KEPT_HEADERS.flatMap((name) => (answer.headers[name] ? [[name, String(answer.headers[name])]] : [])),
    );
    response.writeHead(answer.statusCode, headers);
    const pieces: Buffer[] = [];
    for await (const piece of answer.body) {
      pieces.push(piece);
      response.write(piece);
    }
    response.end();
    const asked = { method, path, body: text === "" ? null : JSON.parse(text) };
    if (exchanges.has(keyOf(asked))) return;
    exchanges.set(keyOf(asked), {
      request: asked,
      response: { status: answer.statusCode, headers, body: Buffer.concat(pieces).toString("utf8") },
    });
  }

  const server = createServer((incoming, response) => {
    const passing = pass(incoming, response)
      .catch(() => {
        response.destroy();
      })
      .finally(() => pending.delete(passing));
    pending.add(passing);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    cutConnections: () => server.closeAllConnections(),
    async close() {
      await Promise.all(pending);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (options.file === null) return;
      mkdirSync(dirname(options.file), { recursive: true });
      writeFileSync(options.file, `${JSON.stringify([...exchanges.values()], null, 1)}\n`);
    },
  };
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}
