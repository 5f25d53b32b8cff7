import { type ChatCompletionChunk, chatCompletionChunkSchema } from "../../../protocol/chat-chunk.ts";
import { type ChatCompletion, chatCompletionSchema } from "../../../protocol/chat-completion.ts";
import { ProviderError } from "../../provider-error.ts";
import { convertErrorBodyToProviderError } from "../calls/response-error.ts";
import { type AnswerStamp, tidyAnswer } from "./tidy-answer.ts";

interface ParseOptions {
  /** The upstream's key, to be kept out of messages. */
  readonly secret: string | undefined;
  /** For what the upstream left out. */
  readonly stamp: Omit<AnswerStamp, "object">;
}

/** A 200 body as a completion; throws ProviderError for an error in it and `invalid_response` for everything else. */
export function parseAnswer(text: string, { secret, stamp }: ParseOptions): ChatCompletion {
  const value = parseJson(text);
  const tidy = tidyAnswer(value, { ...stamp, object: "chat.completion" });
  const completion = chatCompletionSchema.safeParse(tidy);
  if (completion.success) return completion.data;
  throw (
    convertErrorBodyToProviderError(value, { kind: "invalid_response", secret }) ??
    describeMismatch("a chat completion", completion.error.issues[0]?.path)
  );
}

/** One streamed event as a chunk; an `error` object throws `upstream_error`, another shape `invalid_response`. */
export function parseChunk(text: string, { secret, stamp }: ParseOptions): ChatCompletionChunk {
  const value = parseJson(text);
  const complaint = convertErrorBodyToProviderError(value, { kind: "upstream_error", secret });
  if (complaint !== null) throw complaint;
  const tidy = tidyAnswer(value, { ...stamp, object: "chat.completion.chunk" });
  const chunk = chatCompletionChunkSchema.safeParse(tidy);
  if (chunk.success) return chunk.data;
  throw describeMismatch("a chat completion chunk", chunk.error.issues[0]?.path);
}

/** An event that the upstream itself calls an error, in whatever form. */
export function parseErrorEvent(text: string, { secret }: Pick<ParseOptions, "secret">): ProviderError {
  const value = parseJson(text);
  return (
    convertErrorBodyToProviderError(value, { kind: "upstream_error", secret }) ??
    convertErrorBodyToProviderError({ error: value }, { kind: "upstream_error", secret }) ??
    new ProviderError("The upstream broke its answer off with an error.", { kind: "upstream_error" })
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which may be a user's: it is not kept as a cause.
    throw new ProviderError("The upstream answered with something other than JSON.", {
      kind: "invalid_response",
    });
  }
}

function describeMismatch(what: string, path: readonly PropertyKey[] = []): ProviderError {
  const place = path.length === 0 ? "" : ` (at ${path.map(String).join(".")})`;
  return new ProviderError(`The upstream's answer is not ${what}${place}.`, { kind: "invalid_response" });
}
