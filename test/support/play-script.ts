import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { planContent, type UpstreamScript } from "./upstream-script.ts";

export interface ChatBody {
  readonly model: string;
  readonly messages: readonly unknown[];
  readonly stream?: boolean;
  readonly n?: number | null;
  readonly user?: string;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly [field: string]: unknown;
}

interface Play<Script = UpstreamScript> {
  readonly script: Script;
  readonly body: ChatBody;
  readonly response: ServerResponse;
}

type AnswerScript = Extract<UpstreamScript, { kind: "answer" }>;

const defaultContent = "Grüße from the scripted upstream 👗 with more than a word.";
const stamp = { id: "chatcmpl-scripted", created: 1_700_000_000 };

/** Answers one request by its script. */
export async function playScript({ script, body, response }: Play): Promise<void> {
  switch (script.kind) {
    case "answer":
      if (script.delayMs) await sleep(script.delayMs);
      return body.stream ? streamAnswer({ script, body, response }) : sendAnswer({ script, body, response });
    case "raw":
      response.writeHead(script.status, { "content-type": "application/json", ...script.headers });
      response.end(script.body);
      return;
    case "cut": {
      await sendHead({ script, body, response });
      if (script.thenDone) response.write("data: [DONE]\n\n");
      if (script.how === "end") response.end();
      if (script.how === "reset") response.socket?.resetAndDestroy();
      return;
    }
    case "error-frame": {
      await sendHead({ script, body, response });
      const error = { message: script.message ?? "broke in the middle", type: "server_error", code: "boom" };
      response.end(`data: ${JSON.stringify({ error })}\n\n`);
      return;
    }
    case "reset":
      if (script.when === "in-body") await sendHalfAnswer(response);
      response.socket?.resetAndDestroy();
      return;
    case "hang":
      if (script.after === "headers") startStream(response);
      return;
    default:
      script satisfies never;
  }
}

async function sendAnswer({ script, body, response }: Play<AnswerScript>): Promise<void> {
  const content = script.content ?? pickContent(body);
  if (script.tokenMs) await sleep(script.tokenMs * splitTokens(content).length);
  const choices = listIndexes(body).map((index) => ({
    index,
    message: { role: "assistant", content, refusal: null },
    finish_reason: script.finishReason ?? "stop",
    logprobs: script.logprobs ?? null,
  }));
  const value = {
    ...stamp,
    object: "chat.completion",
    model: `${body.model}-2026`,
    choices,
    usage: countUsage(content),
  };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

async function streamAnswer({ script, body, response }: Play<AnswerScript>): Promise<void> {
  startStream(response);
  if (script.firstTokenMs) await sleep(script.firstTokenMs);
  for (const event of listEvents(script, body)) {
    if (response.destroyed) return;
    await writeInPieces(response, {
      text: event.replaceAll("\n", script.lineEnd ?? "\n"),
      size: script.pieceBytes,
    });
    if (script.tokenMs) await sleep(script.tokenMs);
  }
  response.end();
}

/** Head of a stream: as many events of a good answer as the script asks for. */
async function sendHead({
  script,
  body,
  response,
}: Play<Extract<UpstreamScript, { afterEvents: number }>>): Promise<void> {
  startStream(response);
  for (const event of listEvents({ kind: "answer" }, body).slice(0, script.afterEvents))
    response.write(event);
  // Lets the events leave before the connection breaks: a reset throws away what is not on the wire yet.
  await sleep(30);
}

async function sendHalfAnswer(response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
  response.write('{"id":"chatcmpl-1","object":"chat.completion"');
  await sleep(30);
}

function startStream(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
  response.flushHeaders();
}

function listEvents(script: AnswerScript, body: ChatBody): string[] {
  const content = script.content ?? pickContent(body);
  const asksUsage = body.stream_options?.include_usage === true;
  const event = (choices: object[], usage: object | null = null) =>
    `data: ${JSON.stringify({
      ...stamp,
      object: "chat.completion.chunk",
      model: `${body.model}-2026`,
      choices,
      ...(asksUsage || usage ? { usage } : {}),
    })}\n\n`;
  const choice = (index: number, delta: object, reason: string | null = null) => ({
    index,
    delta,
    logprobs: null,
    finish_reason: reason,
  });
  const texts = listIndexes(body).flatMap((index) => [
    event([choice(index, { role: "assistant", content: "" })]),
    ...splitTokens(content).map((token) => event([choice(index, { content: token })])),
    event([choice(index, {}, script.finishReason ?? "stop")]),
  ]);
  return [
    ...texts,
    ...(asksUsage || script.alwaysUsage ? [event([], countUsage(content))] : []),
    ...(script.noDone ? [] : ["data: [DONE]\n\n"]),
  ];
}

async function writeInPieces(
  response: ServerResponse,
  { text, size }: { text: string; size: number | undefined },
) {
  const bytes = Buffer.from(text);
  if (!size) {
    response.write(bytes);
    return;
  }
  for (let at = 0; at < bytes.length; at += size) {
    response.write(bytes.subarray(at, at + size));
    await sleep(0);
  }
}

/** Whoever asks for JSON gets a plan. */
function pickContent({ response_format: format }: ChatBody): string {
  return format === undefined ? defaultContent : planContent;
}

function listIndexes({ n }: ChatBody): number[] {
  return Array.from({ length: n ?? 1 }, (_, index) => index);
}

function splitTokens(content: string): string[] {
  return content.match(/\s*\S+/g) ?? [];
}

function countUsage(content: string): object {
  const completion = splitTokens(content).length;
  return {
    prompt_tokens: 11,
    completion_tokens: completion,
    total_tokens: 11 + completion,
    prompt_tokens_details: { cached_tokens: 3 },
  };
}
