import fc from "fast-check";
import { readSchema } from "../../src/json-schema/schema/read-schema.ts";
import { createCheckRestorer } from "../../src/json-schema/validation/check.ts";
import { compileValidator } from "../../src/json-schema/validation/validator.ts";
import type { LlamaCppProvider } from "../../src/providers/llama-cpp/llama-cpp-provider.ts";
import { ProviderError } from "../../src/providers/provider-error.ts";
import { createCall } from "../providers/llama-cpp/create-call.ts";
import { documentArbitrary } from "./random-schema.ts";

type Schema = Record<string, unknown>;

type Outcome =
  | { readonly kind: "answered"; readonly text: string }
  | { readonly kind: "length" }
  /** Refused, or withheld by the check of what the grammar leaves open. */
  | { readonly kind: "refused"; readonly errorKind: string }
  /** Given up at its deadline. */
  | { readonly kind: "late" }
  /** Not even that. */
  | { readonly kind: "hanging" };

interface AskedSchema {
  readonly schema: Schema;
  readonly outcome: Outcome;
}

interface JudgedSchema extends AskedSchema {
  /** What a whole answer breaks of its schema. */
  readonly fault: string | null;
}

const AT_ONCE = 8;
const DEADLINE_MS = 10_000;
/** Past the deadline a call may take this long to give up. */
const GRACE_MS = 2000;
const MAX_TOKENS = 48;

/** Has the engine answer under random schemas, compiled by the provider's own thread, each with a deadline. */
export async function askRandomSchemas(
  provider: LlamaCppProvider,
  { count, seed }: { readonly count: number; readonly seed: number },
): Promise<JudgedSchema[]> {
  const schemas = fc.sample(documentArbitrary, { seed, numRuns: count });
  const restoreCheck = createCheckRestorer();
  // One at a time: the validator's library knows the schema it compiles by one name.
  const findFault = async ({ schema, outcome }: AskedSchema): Promise<string | null> => {
    if (outcome.kind !== "answered") return null;
    const validator = await compileValidator(readSchema(schema));
    const check = restoreCheck({ validator, enforcesFormats: true, isCostly: true });
    return check(JSON.parse(outcome.text));
  };
  const ask = async (schema: Schema, index: number): Promise<Outcome> => {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const response_format = { type: "json_schema" as const, json_schema: { name: "answer", schema } };
    const request = { max_tokens: MAX_TOKENS, temperature: 1, seed: index, response_format };
    try {
      const { completion } = await provider.complete(createCall(request, { signal }));
      const [choice] = completion.choices;
      if (choice?.finish_reason === "length") return { kind: "length" };
      return { kind: "answered", text: choice?.message.content ?? "" };
    } catch (error) {
      if (error instanceof ProviderError) return { kind: "refused", errorKind: error.kind };
      if (signal.aborted) return { kind: "late" };
      throw error;
    }
  };
  const judged: JudgedSchema[] = [];
  for (let at = 0; at < count; at += AT_ONCE) {
    const some = schemas.slice(at, at + AT_ONCE);
    const outcomes = await Promise.all(some.map((schema, index) => giveUpLate(ask(schema, at + index))));
    for (const [index, outcome] of outcomes.entries()) {
      const asked = { schema: some[index] ?? {}, outcome };
      judged.push({ ...asked, fault: await findFault(asked) });
    }
  }
  return judged;
}

async function giveUpLate(work: Promise<Outcome>): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const timer = setTimeout(() => resolve({ kind: "hanging" }), DEADLINE_MS + GRACE_MS);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
