import type {
  AnswerVerdicts,
  AttemptRecord,
  FeedbackRecord,
  InferenceBody,
  InferenceListing,
  ShadowRecord,
} from "./inference-log.ts";
import type { Tables } from "./schema/tables.ts";

export type InferenceRow = Tables["inferences"]["$inferSelect"];
type JudgedRow = Pick<InferenceRow, "schemaVerdict" | "hardChecks">;

function joinVerdicts(row: JudgedRow): AnswerVerdicts | null {
  return row.schemaVerdict === null ? null : { schema: row.schemaVerdict, hardChecks: row.hardChecks ?? [] };
}

export function convertRowToListing(row: InferenceRow): InferenceListing {
  const { schemaVerdict, hardChecks, verdict: _, ...rest } = row;
  return { ...rest, verdicts: joinVerdicts({ schemaVerdict, hardChecks }) };
}

export function convertRowToBody(row: Tables["inferenceBodies"]["$inferSelect"]): InferenceBody {
  const { inferenceId: _, choices, ...rest } = row;
  return { ...rest, ...(choices !== null && { choices }) };
}

export function convertRowToAttempt(row: Tables["attempts"]["$inferSelect"]): AttemptRecord {
  const { inferenceId: _, ...attempt } = row;
  return attempt;
}

export function convertRowToShadow(row: Tables["shadowAnswers"]["$inferSelect"]): ShadowRecord {
  const { schemaVerdict, hardChecks, errorKind, errorMessage, choices, ...rest } = row;
  return {
    ...rest,
    ...(choices !== null && { choices }),
    error: errorKind === null ? null : { kind: errorKind, message: errorMessage ?? "" },
    verdicts: joinVerdicts({ schemaVerdict, hardChecks }),
  };
}

export function convertRowToFeedback(row: Tables["feedback"]["$inferSelect"]): FeedbackRecord {
  return row;
}
