import type { IncomingMessage } from "node:http";
import { countJsonValues } from "../protocol/count-json-values.ts";
import { findDuplicateKey } from "../protocol/find-duplicate-key.ts";
import { OpenAiError } from "../protocol/openai-error.ts";
import { type GatewayContext, readHeader } from "./gateway-env.ts";

/** More than the 300,000 token ids that one request for embeddings may have at OpenAI. */
const MAX_VALUES = 400_000;

export interface BodyLimits {
  readonly maxBodyBytes: number;
  /** Deepest nesting of arrays and objects taken in; deeper bodies break recursive code behind the edge. */
  readonly maxDepth: number;
}

export interface JsonBody {
  /** As the client wrote it; upstreams are to see these very bytes. */
  readonly text: string;
  readonly value: unknown;
}

/** Reads and parses the body once. Throws OpenAiError 400, 413 or 415. */
export async function readJsonText(c: GatewayContext, limits: BodyLimits): Promise<JsonBody> {
  assertJsonContent(c);
  const text = decodeUtf8(await readBytes(c, limits.maxBodyBytes));
  assertFewValues(text);
  const value = parseJson(text);
  assertDepth(value, limits.maxDepth);
  assertUniqueKeys(text);
  return { text, value };
}

/** The body's bytes, whatever they are. Throws OpenAiError 400 or 413. */
export function readBody(c: GatewayContext, { maxBodyBytes }: BodyLimits): Promise<Uint8Array> {
  return readBytes(c, maxBodyBytes);
}

/** For those who need the value only. */
export async function readJsonBody(c: GatewayContext, limits: BodyLimits): Promise<unknown> {
  return (await readJsonText(c, limits)).value;
}

function assertJsonContent(c: GatewayContext): void {
  const contentType = readHeader(c, "content-type");
  if (contentType !== undefined && !/^application\/([\w.+-]+\+)?json\b/i.test(contentType)) {
    throw new OpenAiError("The request body must be sent as application/json.", {
      status: 415,
      code: "unsupported_media_type",
    });
  }
  const encoding = readHeader(c, "content-encoding");
  if (encoding !== undefined && encoding !== "identity") {
    throw new OpenAiError(`Content encoding is not supported; send the body uncompressed.`, {
      status: 415,
      code: "unsupported_content_encoding",
    });
  }
}

function createOversizeError(maxBodyBytes: number): OpenAiError {
  return new OpenAiError(`The request body is larger than ${maxBodyBytes} bytes.`, {
    status: 413,
    code: "request_too_large",
  });
}

async function readBytes(c: GatewayContext, maxBodyBytes: number): Promise<Uint8Array> {
  if (Number(readHeader(c, "content-length") ?? 0) > maxBodyBytes) throw createOversizeError(maxBodyBytes);
  const incoming = c.env?.incoming;
  if (incoming !== undefined) return readIncoming(incoming, maxBodyBytes);
  const bytes = new Uint8Array(await c.req.arrayBuffer());
  if (bytes.byteLength > maxBodyBytes) throw createOversizeError(maxBodyBytes);
  return bytes;
}

function readIncoming(incoming: IncomingMessage, maxBodyBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (action: () => void) => {
      incoming.off("data", onData).off("end", onEnd).off("error", onCut).off("close", onCut);
      action();
    };
    const onData = (chunk: Buffer) => {
      size += chunk.byteLength;
      // The server drains what is still coming after the answer is sent.
      if (size > maxBodyBytes) settle(() => reject(createOversizeError(maxBodyBytes)));
      else chunks.push(chunk);
    };
    const onEnd = () =>
      settle(() => {
        const [first] = chunks;
        resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks));
      });
    const onCut = () =>
      settle(() =>
        reject(new OpenAiError("The request body was cut off.", { status: 400, code: "body_cut" })),
      );
    incoming.on("data", onData).on("end", onEnd).on("error", onCut).on("close", onCut);
  });
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new OpenAiError("The request body is not valid UTF-8.", {
      status: 400,
      code: "invalid_json",
      cause,
    });
  }
}

/** Megabytes of a picture are one value; as many of small ones would hold up everybody else's requests for seconds. */
function assertFewValues(text: string): void {
  if (countJsonValues(text, MAX_VALUES) < MAX_VALUES) return;
  throw new OpenAiError(`The request body has more than ${MAX_VALUES} values.`, {
    status: 400,
    code: "body_too_complex",
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the body, which may be a prompt.
    throw new OpenAiError("We could not parse the JSON body of your request.", {
      status: 400,
      code: "invalid_json",
    });
  }
}

function assertUniqueKeys(text: string): void {
  // The key stays unnamed: it may be anything, a prompt too.
  if (findDuplicateKey(text) === null) return;
  throw new OpenAiError("The JSON body of your request has an object with the same key twice.", {
    status: 400,
    code: "duplicate_key",
  });
}

/** Walks without recursion, so that the check itself cannot overflow the stack. */
function assertDepth(root: unknown, maxDepth: number): void {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) {
      throw new OpenAiError(`The request body is nested deeper than ${maxDepth} levels.`, {
        status: 400,
        code: "body_too_deep",
      });
    }
    level = level.flatMap((value) =>
      typeof value === "object" && value !== null ? Object.values(value).filter(isContainer) : [],
    );
  }
}

function isContainer(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
