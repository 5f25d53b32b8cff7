import type { Hono } from "hono";
import { z } from "zod";
import { parseInferenceId } from "../../protocol/ids.ts";
import { OpenAiError } from "../../protocol/openai-error.ts";
import { hashStickyKey } from "../../routing/sticky-key.ts";
import type { ErasureNote } from "../../store/erasure/erasure-log.ts";
import type { ErasureSubject } from "../../store/erasure/tombstones.ts";
import { type GatewayEnv, readHeader } from "../gateway-env.ts";
import { parseInput } from "../parse-input.ts";
import { type BodyLimits, readJsonBody } from "../read-json-body.ts";
import { type AdminHandler, createJsonResponse } from "./admin-handler.ts";

const eraseSchema = z.strictObject({
  /** The key that the user's requests were sent with. */
  user_key: z.string().min(1).max(1000).optional(),
  /** The inference's UUID or the id the client saw. */
  inference_id: z.string().min(1).max(100).optional(),
  reason: z.string().max(500).nullish(),
});

/** Erases a subject's rows; answers what was found, data sets and models that learnt from it too. */
export type EraseSubject = (subject: ErasureSubject, note: ErasureNote) => Promise<object>;

export interface EraseHandlerDeps {
  readonly guard: (work: AdminHandler) => AdminHandler;
  readonly erase: EraseSubject;
  /** Keys the stored hashes of sticky keys. */
  readonly stickySecret: string;
  readonly limits: BodyLimits;
}

/** `POST /admin/erase`: a user by the sticky key, or one inference. */
export function addEraseHandler(app: Hono<GatewayEnv>, deps: EraseHandlerDeps): void {
  app.post(
    "/admin/erase",
    deps.guard(async (c) => {
      const body = parseInput(eraseSchema, await readJsonBody(c, deps.limits));
      const actor = (readHeader(c, "x-tailor-actor") ?? "admin").slice(0, 100);
      const reason = body.reason ?? readHeader(c, "x-tailor-reason")?.slice(0, 500) ?? null;
      return createJsonResponse(await deps.erase(readSubject(body, deps.stickySecret), { actor, reason }));
    }),
  );
}

function readSubject(
  { user_key: userKey, inference_id: given }: z.output<typeof eraseSchema>,
  secret: string,
): ErasureSubject {
  // The key as requests are taken to name it.
  const key = userKey?.trim();
  if (key && given === undefined) return { kind: "user", stickyKeyHash: hashStickyKey(key, secret) };
  const inferenceId = parseInferenceId(given ?? "");
  if (userKey === undefined && z.uuid().safeParse(inferenceId).success) {
    return { kind: "inference", inferenceId };
  }
  throw new OpenAiError(
    "Name one of 'user_key' and 'inference_id'; the latter as an answer's id or a UUID.",
    {
      status: 400,
      code: "invalid_request",
      param: given === undefined ? "user_key" : "inference_id",
    },
  );
}
