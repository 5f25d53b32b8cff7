import { z } from "zod";
import { type ChatCompletion, chatCompletionSchema } from "../../protocol/chat-completion.ts";
import { type EmbeddingsAnswer, embeddingsAnswerSchema } from "../../protocol/embeddings.ts";
import type { AnswerFacts, Decoding, LicenseClass } from "../../providers/provider.ts";

/** One of the two kinds of answers; a request's endpoint says which. */
export type CachedBody =
  | { readonly completion: ChatCompletion; readonly embeddings?: undefined }
  | { readonly embeddings: EmbeddingsAnswer; readonly completion?: undefined };

/** An answer worth repeating, with what the log says of it. */
export type CachedAnswer = CachedBody & {
  /** The inference it was made for: whoever erases that one erases this answer too. */
  readonly inferenceId: string;
  /** The user it was made for, by the keyed hash. */
  readonly stickyKeyHash: string | null;
  readonly facts: AnswerFacts;
  readonly licenseClass: LicenseClass;
};

const licenseClasses = ["commercial_ok", "research_only", "restricted_teacher", "unknown"] as const;
const decodings = ["free", "constrained", "tightened"] as const;

const factsSchema = z.looseObject({
  dropped: z.array(z.string()),
  modelVersion: z.string().nullable(),
  adapter: z.string().nullable(),
  // Answers kept by an earlier version do not tell.
  decoding: z
    .enum(decodings satisfies readonly Decoding[])
    .nullable()
    .default(null),
  promptVersion: z.string().nullable(),
  interventions: z.object({ retries: z.number(), replacements: z.number() }).nullable(),
}) satisfies z.ZodType<AnswerFacts>;

const sharedSchema = z.object({
  inferenceId: z.string(),
  stickyKeyHash: z.string().nullable(),
  facts: factsSchema,
  licenseClass: z.enum(licenseClasses satisfies readonly LicenseClass[]),
});

const cachedAnswerSchema = z.union([
  sharedSchema.extend({ completion: chatCompletionSchema, embeddings: z.undefined().optional() }),
  sharedSchema.extend({ embeddings: embeddingsAnswerSchema, completion: z.undefined().optional() }),
]);

/** A stored text as an answer; undefined when another version wrote something else. */
export function parseCachedAnswer(text: string): CachedAnswer | undefined {
  try {
    return cachedAnswerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

const REPEATABLE_ENDS: readonly string[] = ["stop", "tool_calls", "function_call"];

/** Only complete answers are worth repeating: none that was cut, filtered or refused. */
export function isRepeatable({ choices }: ChatCompletion): boolean {
  return choices.every(
    ({ finish_reason: end, message }) => REPEATABLE_ENDS.includes(end) && !message.refusal,
  );
}
