import { redactJson, redactValue } from "../../privacy/redact-json.ts";
import { redactText } from "../../privacy/redact-text.ts";
import { PRIVACY_POLICIES } from "../inference-log.ts";
import type { RecordTransform } from "./log-entry.ts";
import type { EntryContents } from "./writer-messages.ts";

/**
 * Takes what is private out of contents before anything stores them: pictures always, the rest where the record's
 * policy asks for it. Feedback knows no other policy.
 */
export const redactRecord: RecordTransform = (entry) => {
  switch (entry.kind) {
    case "inference": {
      const { record, contents } = entry;
      if (contents === null) return entry;
      if (record.policyVersion !== PRIVACY_POLICIES.on) return { ...entry, contents: dropPictures(contents) };
      // The verdicts' reasons quote the answer.
      const verdicts = redactTexts(record.verdicts);
      return { ...entry, record: { ...record, verdicts }, contents: redactContents(contents) };
    }
    case "shadow": {
      const { record, contents } = entry;
      if (contents === null || record.policyVersion !== PRIVACY_POLICIES.on) return entry;
      const verdicts = redactTexts(record.verdicts);
      return { ...entry, record: { ...record, verdicts }, contents: redactContents(contents) };
    }
    case "feedback": {
      const { comment, correction } = entry.record;
      return { ...entry, record: { ...entry.record, ...redactTexts({ comment, correction }) } };
    }
    default:
      return entry satisfies never;
  }
};

function redactContents({ request, answer }: EntryContents): EntryContents {
  return {
    request: request === null ? null : redactJson(request, { redactsTexts: true }),
    answer: answer === null ? null : redactText(answer),
  };
}

function dropPictures({ request, answer }: EntryContents): EntryContents {
  return { request: request === null ? null : redactJson(request, { redactsTexts: false }), answer };
}

function redactTexts<Value>(value: Value): Value {
  // The same shape comes back, with other texts in it.
  return redactValue(value, { redactsTexts: true }) as Value;
}
