import { createLiteral, createTextsExpression } from "./text-grammar.ts";

/** Text of a JSON string up to its closing quote: no blank first, no quotes, backslashes or control characters inside. */
export const PROSE_GRAMMAR = 'root ::= [^ "\\\\\\x00-\\x1f\\x7f] [^"\\\\\\x00-\\x1f\\x7f]+ "\\""';

/** A product query up to its closing quote: words of letters, digits, apostrophes, "&" and hyphens. */
export const QUERY_GRAMMAR = `root ::= word (" " word)+ "\\""\nword ::= [a-zA-Z0-9&] [a-zA-Z0-9'&-]*`;

/** A product query that ends in one of these garments, behind words of its own. */
export function createGarmentGrammar(
  words:
    | { readonly kind: "given"; readonly text: string }
    /** One or two of these, the first of them of `first` if that is not empty. */
    | { readonly kind: "open"; readonly first: readonly string[]; readonly word: string },
  garments: readonly string[],
): string {
  const garment = `garment ::= ${createTextsExpression(garments)}`;
  if (words.kind === "given") return `root ::= ${createLiteral(words.text)} " " garment "\\""\n${garment}`;
  const first = words.first.length > 0 ? createTextsExpression(words.first) : "word";
  return `root ::= ${first} " " (word " ")? garment "\\""\nword ::= ${words.word}\n${garment}`;
}

/** One of `texts`, up to and including one of `stops`; just a stop when there are no texts. */
export function createChoiceGrammar(texts: readonly string[], stops: readonly string[]): string {
  const ends = `(${stops.map(createLiteral).join(" | ")})`;
  return `root ::= ${texts.length === 0 ? ends : `${expressTexts(texts)} ${ends}`}`;
}

const expressions = new WeakMap<readonly string[], string>();

/** A list that comes again, such as that of all shops for a skirt, is worked out once. */
function expressTexts(texts: readonly string[]): string {
  const known = expressions.get(texts);
  if (known !== undefined) return known;
  const expression = createTextsExpression(texts);
  expressions.set(texts, expression);
  return expression;
}
