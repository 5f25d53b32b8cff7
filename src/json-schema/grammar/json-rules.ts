import type { GrammarRules } from "./grammar-rules.ts";

/** Rules for JSON as such, without whitespace. Each function returns the rule's name and adds it when missing. */

/**
 * One character of a JSON string. Written as what is allowed: the engine's matcher would take byte sequences beyond
 * Unicode for a character of a negated class. Lone surrogates cannot be written, they would not survive UTF-8.
 */
export function addCharacter(rules: GrammarRules): string {
  return rules.addNamed(
    "char",
    String.raw`[ !#-\[\]-\uD7FF\uE000-\U0010FFFF] | "\\" (["\\/bfnrt] | "u" ([0-9a-cA-CeEfF] [0-9a-fA-F]{3} | [dD] [0-7] [0-9a-fA-F]{2}))`,
  );
}

export function addString(rules: GrammarRules): string {
  return rules.addNamed("string", String.raw`"\"" ${addCharacter(rules)}* "\""`);
}

/** Bounded, for random weights would never stop: as many digits as JavaScript writes before it turns to exponents. */
export function addInteger(rules: GrammarRules): string {
  return rules.addNamed("integer", `"0" | "-"? [1-9] [0-9]{0,24}`);
}

/** Never a minus before nothing but zeros, and no exponent past what JavaScript can hold. */
export function addNumber(rules: GrammarRules): string {
  rules.addNamed("fraction", `"." [0-9]{1,22}`);
  rules.addNamed("exponent", `[eE] [-+]? ([0-9]{1,2} | [12] [0-9] [0-9] | "30" [0-7])`);
  rules.addNamed("whole", `[1-9] ([0-9]{1,24} fraction? | fraction? exponent?)`);
  rules.addNamed("small", `"0." "0"{0,21} [1-9] [0-9]{0,21}`);
  return rules.addNamed("number", `"0" fraction? | whole | "-" (whole | small)`);
}

function addBoolean(rules: GrammarRules): string {
  return rules.addNamed("boolean", `"true" | "false"`);
}

export function addNull(rules: GrammarRules): string {
  return rules.addNamed("null", `"null"`);
}

/** Any JSON value; objects and arrays nest without bound, the token cap ends them. */
export function addValue(rules: GrammarRules): string {
  const [string, number, boolean, nothing] = [addString, addNumber, addBoolean, addNull].map((add) =>
    add(rules),
  );
  rules.addNamed("object", `"{" (${string} ":" value ("," ${string} ":" value)*)? "}"`);
  rules.addNamed("array", `"[" (value ("," value)*)? "]"`);
  return rules.addNamed("value", `object | array | ${string} | ${number} | ${boolean} | ${nothing}`);
}

export function addObject(rules: GrammarRules): string {
  addValue(rules);
  return "object";
}

export function addArray(rules: GrammarRules): string {
  addValue(rules);
  return "array";
}

/** Any JSON object with the whitespace that models put into it, bounded so that it cannot run on. */
export const JSON_OBJECT_GRAMMAR = String.raw`root ::= object
object ::= "{" ws (member ("," ws member)*)? "}"
member ::= string ":" ws value
array ::= "[" ws (value ("," ws value)*)? "]"
value ::= (object | array | string | number | "true" | "false" | "null") ws
string ::= "\"" char* "\""
char ::= [ !#-\[\]-\uD7FF\uE000-\U0010FFFF] | "\\" (["\\/bfnrt] | "u" ([0-9a-cA-CeEfF] [0-9a-fA-F]{3} | [dD] [0-7] [0-9a-fA-F]{2}))
number ::= "-"? ("0" | [1-9] [0-9]{0,15}) ("." [0-9]{1,16})? ([eE] [-+]? [0-9]{1,2})?
ws ::= " "? | "\n" [ \t]{0,20}
`;
