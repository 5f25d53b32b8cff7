import { redactText } from "../../privacy/redact-text.ts";
import { replaceImageData } from "../../privacy/replace-image-data.ts";
import { PRIVACY_POLICIES } from "../inference-log.ts";
import type { RecordTransform } from "./transform-record.ts";

/**
 * Takes what is private out of contents before anything stores them: pictures always, the rest where the record's
 * policy asks for it. Feedback knows no other policy.
 */
export const redactRecord: RecordTransform = (entry) => {
  switch (entry.kind) {
    case "inference": {
      const { record } = entry;
      if (record.body === null) return entry;
      const body = { ...record.body, request: replaceImageData(record.body.request) };
      if (record.policyVersion !== PRIVACY_POLICIES.on) return { ...entry, record: { ...record, body } };
      // The verdicts' reasons quote the answer.
      return { ...entry, record: { ...record, ...redactValue({ body, verdicts: record.verdicts }) } };
    }
    case "shadow": {
      const { record } = entry;
      if (record.answer === null || record.policyVersion !== PRIVACY_POLICIES.on) return entry;
      const { answer, verdicts } = record;
      return { ...entry, record: { ...record, ...redactValue({ answer, verdicts }) } };
    }
    case "feedback": {
      const { comment, correction } = entry.record;
      return { ...entry, record: { ...entry.record, ...redactValue({ comment, correction }) } };
    }
    default:
      return entry satisfies never;
  }
};

/** The texts in a JSON value, keys included: what a caller names a field can be private too. */
function redactValue<Value>(value: Value): Value {
  // The same shape comes back, with other texts in it.
  return redactJson(value) as Value;
}

function redactJson(value: unknown): unknown {
  if (typeof value === "string") return redactText(value);
  if (Array.isArray(value)) return value.map(redactJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [redactText(key), redactJson(inner)]),
  );
}
