import { type ChatCompletionChunk, chatCompletionChunkSchema } from "../../protocol/chat-chunk.ts";
import { type ChatCompletion, chatCompletionSchema } from "../../protocol/chat-completion.ts";
import { ProviderError } from "../provider-error.ts";
import { convertErrorBodyToProviderError } from "./response-error.ts";

interface ParseOptions {
  /** The upstream's key, to be kept out of messages. */
  readonly secret?: string | undefined;
}

/** A 200 body as a completion; throws ProviderError `invalid_response` for everything else. */
export function parseAnswer(text: string, { secret }: ParseOptions): ChatCompletion {
  const value = parseJson(text);
  const completion = chatCompletionSchema.safeParse(value);
  if (completion.success) return completion.data;
  throw (
    convertErrorBodyToProviderError(value, { kind: "invalid_response", secret }) ??
    describeMismatch("a chat completion", completion.error.issues[0]?.path)
  );
}

/** One streamed event as a chunk; an `error` object throws `upstream_error`, another shape `invalid_response`. */
export function parseChunk(text: string, { secret }: ParseOptions): ChatCompletionChunk {
  const value = parseJson(text);
  const complaint = convertErrorBodyToProviderError(value, { kind: "upstream_error", secret });
  if (complaint !== null) throw complaint;
  const chunk = chatCompletionChunkSchema.safeParse(value);
  if (chunk.success) return chunk.data;
  throw describeMismatch("a chat completion chunk", chunk.error.issues[0]?.path);
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
