/**
 * GBNF that matches exactly these texts, such as numbers ("45", "12.50"). It goes character by character, so that each
 * leaves open what can still follow it, and what only one text goes on with is forced. Characters with the same
 * continuations share a class: 20 to 34 is `"2" [0-9] | "3" [0-4]`.
 */
export function createTextsExpression(texts: readonly string[]): string {
  const rests = new Map<string, string[]>();
  for (const text of new Set(texts)) {
    const [first] = text;
    if (first === undefined) continue;
    const known = rests.get(first);
    if (known === undefined) rests.set(first, [text.slice(first.length)]);
    else known.push(text.slice(first.length));
  }
  const heads = new Map<string, string>();
  for (const [character, rest] of rests) {
    const expression = createTextsExpression(rest);
    heads.set(expression, (heads.get(expression) ?? "") + character);
  }
  const branches = [...heads].map(([rest, characters]) => join(createClass(characters), rest));
  const alternatives = branches.length > 1 ? `(${branches.join(" | ")})` : (branches[0] ?? "");
  return texts.includes("") && branches.length > 0 ? `(${alternatives})?` : alternatives;
}

/** A text as it stands. */
export function createLiteral(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

function createClass(characters: string): string {
  const sorted = [...characters].sort();
  const [first = "", second] = sorted;
  if (second === undefined) return createLiteral(first);
  const start = first.codePointAt(0) ?? 0;
  const isRun = sorted.length > 2 && sorted.every((each, index) => each.codePointAt(0) === start + index);
  const inside = isRun
    ? `${escapeCharacter(first)}-${escapeCharacter(sorted.at(-1) ?? "")}`
    : sorted.map(escapeCharacter).join("");
  return `[${inside}]`;
}

function escapeCharacter(character: string): string {
  if (/[A-Za-z0-9.]/.test(character)) return character;
  return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, "0")}`;
}

function join(head: string, rest: string): string {
  if (rest === "") return head;
  // Two literals in a row are one.
  return head.endsWith('"') && rest.startsWith('"')
    ? `${head.slice(0, -1)}${rest.slice(1)}`
    : `${head} ${rest}`;
}
