import type { ConstraintStep, FieldResult } from "../../providers/decoding-constraint.ts";

/** A field and what is done with what the model writes there. */
export interface FieldWork {
  readonly field: Extract<ConstraintStep, { kind: "field" }>;
  readonly maxRetries: number;
  isGood(text: string): boolean;
  /** The text that takes its place when no retry was good. */
  repair(text: string): string;
}

/** Asks for a field, retries it while it is no good, and replaces it at last. Returns the text that stands, without `stop`. */
export function* writeField(work: FieldWork): Generator<ConstraintStep, string, FieldResult> {
  const { field, maxRetries, isGood, repair } = work;
  let text = readResult(yield field, field.stop);
  for (let retry = 0; retry < maxRetries && !(text.isComplete && isGood(text.written)); retry++) {
    text = readResult(yield { kind: "retry" }, field.stop);
  }
  if (text.isComplete && isGood(text.written)) return text.written;
  const repaired = repair(text.written);
  if (text.isComplete && repaired === text.written) return repaired;
  yield { kind: "replace", text: `${repaired}${field.stop}` };
  return repaired;
}

function readResult(result: FieldResult, stop: string): { written: string; isComplete: boolean } {
  const text = result?.text ?? "";
  const end = text.indexOf(stop);
  return {
    written: end < 0 ? text : text.slice(0, end),
    isComplete: (result?.complete ?? false) && end >= 0,
  };
}
