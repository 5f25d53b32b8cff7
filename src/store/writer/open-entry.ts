import { redactJson } from "../../privacy/redact-json.ts";
import { redactText } from "../../privacy/redact-text.ts";
import { decodeExactText, encodeExactText } from "../exact-text.ts";
import type { ColumnForm, LogEntry, PackedRows, TablePlans, WriteUnit } from "./writer-messages.ts";

/**
 * The rows of an entry, contents without what is private: without pictures always, without the rest where the record's
 * policy asks for it. Nothing stores an entry that was not opened by this.
 */
export function createEntryOpener(plans: TablePlans): (entry: LogEntry) => WriteUnit {
  return ({ id, promise, text, contents }) => {
    // Written by `createEntryPacker`.
    const { origin, redactsTexts, rows }: PackedRows = JSON.parse(text);
    let next = 0;
    const whole = rows.map(({ table, values }) => ({
      table,
      values: values.map((value, index) => {
        const column = plans[table].columns[index];
        if (column?.isContent !== true) return value;
        const content = contents[next++] ?? null;
        return content === null ? null : redactContent(content, { form: column.form, redactsTexts });
      }),
    }));
    return { id, promise, origin, rows: whole };
  };
}

function redactContent(
  content: string,
  { form, redactsTexts }: { readonly form: ColumnForm; readonly redactsTexts: boolean },
): string {
  if (form === "json") return redactJson(content, { redactsTexts });
  if (!redactsTexts) return content;
  // What the text says is looked at, not how it is written down: an escape's letter is no part of a key.
  return form === "exact" ? encodeExactText(redactText(decodeExactText(content))) : redactText(content);
}
