import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as the upstream saw it. */
export interface SeenRequest {
  readonly body: Record<string, unknown>;
  readonly headers: IncomingMessage["headers"];
}

export type Script = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

export interface FakeUpstream {
  readonly baseUrl: string;
  readonly seen: SeenRequest[];
  /** Requests whose connection was closed before the answer ended. */
  aborted: number;
  script: Script;
  close(): Promise<void>;
}

/** A real HTTP server that answers Chat Completions as told. */
export async function startFakeUpstream(script: Script = answerWith("{}")): Promise<FakeUpstream> {
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    if (incoming.method === "GET") return sendJson(response, 200, { object: "list", data: [] });
    const request = { body: JSON.parse(Buffer.concat(chunks).toString()), headers: incoming.headers };
    upstream.seen.push(request);
    response.on("close", () => {
      if (!response.writableFinished) upstream.aborted += 1;
    });
    await upstream.script(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A listening TCP server's address is an object.
  const { port } = server.address() as AddressInfo;
  const upstream: FakeUpstream = {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    seen: [],
    aborted: 0,
    script,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return upstream;
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

/** Answers whole or streamed, as asked, with this content. */
export function answerWith(content: string, { finishReason = "stop" } = {}): Script {
  return ({ body }, response) => {
    const common = { id: "chatcmpl-upstream", created: 1_700_000_000, model: body.model };
    const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
    if (body.stream !== true) {
      const message = { role: "assistant", content, refusal: null };
      const choices = [{ index: 0, message, finish_reason: finishReason, logprobs: null }];
      return sendJson(response, 200, { ...common, object: "chat.completion", choices, usage });
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    const send = (fields: object) =>
      response.write(
        `data: ${JSON.stringify({ ...common, object: "chat.completion.chunk", ...fields })}\n\n`,
      );
    const choice = (delta: object, finish: string | null = null) => ({
      choices: [{ index: 0, delta, finish_reason: finish, logprobs: null }],
    });
    send(choice({ role: "assistant", content: "" }));
    for (const piece of content.match(/[\s\S]{1,5}/g) ?? []) send(choice({ content: piece }));
    send(choice({}, finishReason));
    send({ choices: [], usage });
    response.end("data: [DONE]\n\n");
  };
}

export function failWith(status: number, error: object = {}): Script {
  return (_request, response) => sendJson(response, status, { error });
}
