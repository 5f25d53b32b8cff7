/** Text of a JSON string up to its closing quote: no blank first, no quotes, backslashes or control characters inside. */
export const PROSE_GRAMMAR = 'root ::= [^ "\\\\\\x00-\\x1f\\x7f] [^"\\\\\\x00-\\x1f\\x7f]+ "\\""';

/** A product query up to its closing quote: words of letters, digits, apostrophes, "&" and hyphens. */
export const QUERY_GRAMMAR = `root ::= word (" " word)+ "\\""\nword ::= [a-zA-Z0-9&] [a-zA-Z0-9'&-]*`;

/** One of these texts, then a closing quote. */
export function createChoiceGrammar(choices: readonly string[]): string {
  return `root ::= (${choices.map(createLiteral).join(" | ")}) "\\""`;
}

function createLiteral(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}
