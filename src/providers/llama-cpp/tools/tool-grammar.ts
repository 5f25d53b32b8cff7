import { createLiteral } from "../../../json-schema/grammar/grammar-rules.ts";
import { BETWEEN_CALLS, CALL_CLOSE, CALL_OPEN, MAX_CALLS } from "./call-form.ts";

export interface ToolGrammarOptions {
  /** By function, a grammar whose `root` matches its arguments. */
  readonly functions: readonly { readonly name: string; readonly grammar: string }[];
  readonly isRequired: boolean;
  readonly isParallel: boolean;
  /** What an answer without calls must match; null = any text, which may also lead up to a call. */
  readonly contentGrammar: string | null;
}

/** GBNF for an answer that calls functions, or may. */
export function createToolGrammar(options: ToolGrammarOptions): string {
  const { functions, isRequired, isParallel, contentGrammar } = options;
  const bodies = functions.map(
    ({ name }, index) => `${createLiteral(`${JSON.stringify(name)},"arguments":`)} function-${index}-root`,
  );
  const more = isParallel ? ` (${createLiteral(BETWEEN_CALLS + CALL_OPEN)} call){0,${MAX_CALLS - 1}}` : "";
  return [
    `root ::= ${pickRoot(isRequired, contentGrammar)}`,
    `calls ::= call${more}`,
    `call ::= ${createLiteral('{"name":')} (${bodies.join(" | ")}) ${createLiteral(`}${CALL_CLOSE}`)}`,
    ...functions.map(({ grammar }, index) => prefixRules(grammar, `function-${index}-`)),
    ...(isRequired
      ? []
      : [contentGrammar === null ? createTextRules() : prefixRules(contentGrammar, "content-")]),
    "",
  ].join("\n");
}

function pickRoot(isRequired: boolean, contentGrammar: string | null): string {
  const calls = `${createLiteral(CALL_OPEN)} calls`;
  if (isRequired) return calls;
  return contentGrammar === null ? "text-0" : `${calls} | content-root`;
}

/**
 * Any text in which the mark is not plain text but the beginning of a call: `text-n` is where the text ends with the
 * mark's first n characters. Only the first of them is a `<`, so any other character starts over.
 */
function createTextRules(): string {
  const characters = [...CALL_OPEN];
  return characters
    .map((character, index) => {
      const next = index + 1 === characters.length ? "calls" : `text-${index + 1}`;
      const restart = character === "<" ? "" : ' | "<" text-1';
      return `text-${index} ::= ("${character}" ${next}${restart} | [^<${character === "<" ? "" : character}] text-0)?`;
    })
    .join("\n");
}

/** The same grammar under other rule names; literals and character classes stay as they are. */
function prefixRules(grammar: string, prefix: string): string {
  const parts = /"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|[a-zA-Z][a-zA-Z0-9-]*/g;
  return grammar.trimEnd().replace(parts, (part) => (/^["[]/.test(part) ? part : `${prefix}${part}`));
}
