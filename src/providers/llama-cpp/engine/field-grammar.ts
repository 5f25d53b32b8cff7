import { createLiteral } from "../../../json-schema/grammar/grammar-rules.ts";

export const FIELD_ROOT = "tailor-field";

/** No token spans more characters than this beyond a field's end. */
const MAX_STRADDLE = 24;

/**
 * The field's grammar, with any beginning of `after` allowed behind it: a token such as `","` ends one field and begins
 * the next text, and a model trained on whole answers prefers it.
 */
export function createFieldGrammar(field: { readonly grammar: string; readonly after: string }): string {
  const characters = [...field.after].slice(0, MAX_STRADDLE);
  const after = characters.reduceRight((rest, character) => {
    return `(${createLiteral(character)}${rest === "" ? "" : ` ${rest}`})?`;
  }, "");
  return `${field.grammar}\n${FIELD_ROOT} ::= root ${after}\n`;
}
