import type { ConstraintStep, FieldResult } from "../../providers/decoding-constraint.ts";

/** A field and what is done with what the model writes there. */
export interface FieldWork {
  readonly field: Extract<ConstraintStep, { kind: "field" }>;
  readonly maxRetries: number;
  isGood(text: string): boolean;
  /** A narrower grammar to write it again under, for the first retry (0) and so on; null for the same. */
  narrow?(text: string, retry: number): string | null;
  /** The text that takes its place, with the first of the stops, when no retry was good. */
  repair(text: string): string;
}

export interface FieldText {
  /** Without the stop. */
  readonly text: string;
  readonly stop: string;
}

/** Asks for a field, retries it while it is no good, and replaces it at last. Returns what stands. */
export function* writeField(work: FieldWork): Generator<ConstraintStep, FieldText, FieldResult> {
  const { field, maxRetries, isGood, narrow, repair } = work;
  const isFine = ({ text, stop }: { text: string; stop: string | null }) => stop !== null && isGood(text);
  let written = readResult(yield field, field.stops);
  for (let retry = 0; retry < maxRetries && !isFine(written); retry++) {
    const grammar = narrow?.(written.text, retry) ?? undefined;
    written = readResult(yield { kind: "retry", grammar }, field.stops);
  }
  const { text, stop } = written;
  if (stop !== null && isGood(text)) return { text, stop };
  const repaired = repair(text);
  if (stop !== null && repaired === text) return { text, stop };
  const [first = ""] = field.stops;
  yield { kind: "replace", text: `${repaired}${first}` };
  return { text: repaired, stop: first };
}

/** `stop` is null where the token cap cut the field. */
function readResult(
  result: FieldResult,
  stops: readonly string[],
): { readonly text: string; readonly stop: string | null } {
  const { text = "", complete = false } = result ?? {};
  const stop = complete ? (stops.find((each) => text.endsWith(each)) ?? null) : null;
  return { text: stop === null ? text : text.slice(0, -stop.length), stop };
}
