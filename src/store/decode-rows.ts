import type {
  AnswerVerdicts,
  AttemptRecord,
  FeedbackRecord,
  InferenceRecord,
  ShadowRecord,
} from "./inference-log.ts";
import type { attempts, feedback, inferences, shadowAnswers } from "./schema/index.ts";

export type InferenceListing = Omit<InferenceRecord, "body" | "attempts">;

type JudgedRow = Pick<typeof inferences.$inferSelect, "schemaVerdict" | "hardChecks">;

function joinVerdicts(row: JudgedRow): AnswerVerdicts | null {
  return row.schemaVerdict === null ? null : { schema: row.schemaVerdict, hardChecks: row.hardChecks ?? [] };
}

export function convertRowToListing(row: typeof inferences.$inferSelect): InferenceListing {
  const { schemaVerdict, hardChecks, ...rest } = row;
  return { ...rest, verdicts: joinVerdicts({ schemaVerdict, hardChecks }) };
}

export function convertRowToAttempt(row: typeof attempts.$inferSelect): AttemptRecord {
  const { inferenceId: _, ...attempt } = row;
  return attempt;
}

export function convertRowToShadow(row: typeof shadowAnswers.$inferSelect): ShadowRecord {
  const { schemaVerdict, hardChecks, errorKind, errorMessage, ...rest } = row;
  return {
    ...rest,
    error: errorKind === null ? null : { kind: errorKind, message: errorMessage ?? "" },
    verdicts: joinVerdicts({ schemaVerdict, hardChecks }),
  };
}

export function convertRowToFeedback(row: typeof feedback.$inferSelect): FeedbackRecord {
  return row;
}
