import type { Hono } from "hono";
import { z } from "zod";
import { OpenAiError } from "../../protocol/openai-error.ts";
import type { InferenceReader, PairFilter, PairRow } from "../../store/inference-log.ts";
import type { GatewayContext, GatewayEnv } from "../gateway-env.ts";
import { parseInput } from "../parse-input.ts";
import { sendStream } from "../write-stream.ts";
import { type AdminHandler, createJsonResponse } from "./admin-handler.ts";

const flagSchema = z
  .enum(["true", "false"])
  .transform((text) => text === "true")
  .optional();

/** Unix milliseconds or an ISO date. */
const timeSchema = z
  .union([z.coerce.number(), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))])
  .optional();

const agreementSchema = z.coerce.number().min(0).max(1).optional();

/** Names hold no NUL, and PostgreSQL takes no text that does. */
const nameSchema = z
  .string()
  .refine((text) => !text.includes("\u0000"), "A name holds no NUL.")
  .optional();

const querySchema = z.object({
  route: nameSchema,
  /** Target that answered. */
  target: nameSchema,
  since: timeSchema,
  until: timeSchema,
  verdict: z.enum(["pass", "fail", "skipped", "none"]).optional(),
  status: z.coerce.number().int().min(100).max(999).optional(),
  hasFallback: flagSchema,
  hasShadow: flagSchema,
  minAgreement: agreementSchema,
  maxAgreement: agreementSchema,
  hasFeedback: flagSchema,
  /** Part of the request's or the answer's text. A page may then be short, and still go on. */
  text: z.string().min(1).max(500).optional(),
  consent: z.enum(["none", "log", "train"]).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.uuid().optional(),
  format: z.enum(["json", "jsonl"]).default("json"),
});

export interface LogHandlersDeps {
  readonly guard: (work: AdminHandler) => AdminHandler;
  readonly reader: InferenceReader;
}

/** `/admin/inferences` (newest first, without bodies) and `/admin/pairs` (with bodies, shadows and feedback). */
export function addLogHandlers(app: Hono<GatewayEnv>, { guard, reader }: LogHandlersDeps): void {
  app.get(
    "/admin/inferences",
    guard(async (c) => {
      const { limit, cursor, format, filter } = readQuery(c);
      if (format === "jsonl") return sendLines(c, reader.streamInferences(filter));
      const { rows, nextCursor } = await reader.listInferences({ limit, cursor, filter });
      return createJsonResponse({ data: rows, nextCursor });
    }),
  );

  app.get(
    "/admin/inferences/:id",
    guard(async (c) => {
      const id = c.req.param("id") ?? "";
      const pair = await reader.readInference(id);
      if (pair !== null) return createJsonResponse(pair);
      throw new OpenAiError(`There is no inference '${id}'.`, { status: 404, code: "inference_not_found" });
    }),
  );

  app.get(
    "/admin/pairs",
    guard(async (c) => {
      const { limit, cursor, format, filter } = readQuery(c);
      if (format === "jsonl") return sendLines(c, reader.streamPairs(filter));
      return createJsonResponse(await readPairPage(reader, { limit, cursor, filter }));
    }),
  );
}

function readQuery(c: GatewayContext) {
  const { since, until, limit, cursor, format, ...rest } = parseInput(querySchema, c.req.query());
  const filter: PairFilter = { ...rest, sinceMs: since, untilMs: until };
  return { limit, cursor, format, filter };
}

async function readPairPage(
  reader: InferenceReader,
  page: { limit: number; cursor: string | undefined; filter: PairFilter },
): Promise<{ data: readonly PairRow[]; nextCursor: string | null }> {
  const { rows, nextCursor } = await reader.listInferences(page);
  return { data: await reader.readPairs(rows.map(({ id }) => id)), nextCursor };
}

function sendLines(c: GatewayContext, rows: AsyncIterable<unknown>): Promise<Response> {
  return sendStream(c, {
    status: 200,
    headers: { "content-type": "application/jsonl; charset=utf-8" },
    texts: convertToLines(rows),
  });
}

async function* convertToLines(rows: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`;
}
