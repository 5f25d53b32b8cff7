import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { GatewayContext } from "./gateway-env.ts";

export interface StreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Texts to send as they come. Must not throw: a failure is a text of its own. */
  readonly texts: AsyncIterable<string>;
}

/**
 * Sends a body piece by piece. Over real HTTP it goes straight to Node's response, each piece flushed and no piece
 * written while the client is slow; a web stream would cost most of the throughput.
 */
export async function sendStream(c: GatewayContext, answer: StreamAnswer): Promise<Response> {
  const outgoing = c.env?.outgoing;
  if (outgoing === undefined) return createWebResponse(answer);
  outgoing.writeHead(answer.status, answer.headers);
  outgoing.flushHeaders();
  await writeTexts(outgoing, answer.texts);
  return RESPONSE_ALREADY_SENT;
}

async function writeTexts(outgoing: ServerResponse, texts: AsyncIterable<string>): Promise<void> {
  const closed = new AbortController();
  const onClose = () => closed.abort();
  outgoing.once("close", onClose);
  try {
    for await (const text of texts) {
      if (outgoing.destroyed) break;
      if (!outgoing.write(text)) await waitForDrain(outgoing, closed.signal);
    }
  } finally {
    outgoing.off("close", onClose);
    if (!outgoing.destroyed) outgoing.end();
  }
}

async function waitForDrain(outgoing: ServerResponse, closed: AbortSignal): Promise<void> {
  // A client that leaves never drains: the close ends the wait.
  await once(outgoing, "drain", { signal: closed }).catch(() => undefined);
}

function createWebResponse({ status, headers, texts }: StreamAnswer): Response {
  const iterator = texts[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  return new Response(body, { status, headers });
}
