import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { GatewayContext } from "./gateway-env.ts";

export interface StreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Pieces to send as they come. A failure should be a piece of its own; one that is thrown cuts the connection. */
  readonly texts: AsyncIterable<string | Uint8Array>;
  /** Sent over real HTTP whenever nothing else has been for so long. */
  readonly keepAlive?: { readonly everyMs: number; readonly text: string } | undefined;
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
  await writeTexts(outgoing, answer);
  return RESPONSE_ALREADY_SENT;
}

async function writeTexts(outgoing: ServerResponse, { texts, keepAlive }: StreamAnswer): Promise<void> {
  const idle = keepAlive === undefined ? null : startKeepAlive(outgoing, keepAlive);
  const closed = new AbortController();
  const onClose = () => closed.abort();
  outgoing.once("close", onClose);
  try {
    for await (const text of texts) {
      if (outgoing.destroyed) break;
      idle?.refresh();
      if (!outgoing.write(text)) await waitForDrain(outgoing, closed.signal);
    }
  } catch {
    // The headers are out: a body that ends short is all that is left to say.
    outgoing.destroy();
  } finally {
    outgoing.off("close", onClose);
    clearInterval(idle ?? undefined);
    if (!outgoing.destroyed) outgoing.end();
  }
}

/** A client that is behind with its reading needs no reminder, and its buffer none more. */
function startKeepAlive(
  outgoing: ServerResponse,
  { everyMs, text }: NonNullable<StreamAnswer["keepAlive"]>,
): NodeJS.Timeout {
  return setInterval(() => {
    if (!outgoing.writableNeedDrain && !outgoing.writableEnded) outgoing.write(text);
  }, everyMs);
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
      else controller.enqueue(typeof value === "string" ? encoder.encode(value) : value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  return new Response(body, { status, headers });
}
