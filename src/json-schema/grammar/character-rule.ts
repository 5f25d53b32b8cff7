import { ALL_CODE_POINTS, type CodePointSet, intersectSets, listRanges } from "../language/code-points.ts";
import { createLiteral, type GrammarRules } from "./grammar-rules.ts";
import { addCharacter } from "./json-rules.ts";

/** What JSON.stringify writes as it is. */
const PLAIN: CodePointSet = [0x20, 0x21, 0x23, 0x5b, 0x5d, 0xd7ff, 0xe000, 0x10ffff];
/** What it writes as a backslash and one letter. */
const SHORT_ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x08, "b"],
  [0x09, "t"],
  [0x0a, "n"],
  [0x0c, "f"],
  [0x0d, "r"],
  [0x22, '"'],
  [0x5c, "\\"],
]);
const MUST_ESCAPE: CodePointSet = [0, 0x1f, 0x22, 0x22, 0x5c, 0x5c];
/** A class longer than this gets a rule of its own, to be written once. */
const MAX_INLINE_LENGTH = 24;

/** GBNF for one character of the set as it stands in a JSON string: a literal, a class or a rule's name. */
export function addCharacterOf(rules: GrammarRules, set: CodePointSet): string {
  if (set.join() === ALL_CODE_POINTS.join()) return addCharacter(rules);
  const [only, last] = set;
  if (set.length === 2 && only !== undefined && only === last) {
    return createLiteral(JSON.stringify(String.fromCodePoint(only)).slice(1, -1));
  }
  const plain = intersectSets(set, PLAIN);
  const escaped = intersectSets(set, MUST_ESCAPE);
  const alternatives = plain.length === 0 ? [] : [createClass(plain)];
  if (escaped.length > 0) alternatives.push(rules.add("escape", `"\\\\" ${createEscape(escaped)}`));
  const body = alternatives.join(" | ");
  return escaped.length === 0 && body.length <= MAX_INLINE_LENGTH ? body : rules.add("character", body);
}

/** What may follow the backslash. */
function createEscape(escaped: CodePointSet): string {
  const codes = listRanges(escaped).flatMap(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  );
  const letters = codes.flatMap((code) => SHORT_ESCAPES.get(code) ?? []);
  const alternatives = letters.length === 0 ? [] : [createClass(listSorted(letters))];
  for (const high of [0, 1]) {
    const digits = codes
      .filter((code) => code < 0x20 && code >> 4 === high && !SHORT_ESCAPES.has(code))
      .map((code) => (code % 16).toString(16));
    if (digits.length > 0) alternatives.push(`"u00${high}" ${createClass(listSorted(digits))}`);
  }
  return `(${alternatives.join(" | ")})`;
}

function listSorted(characters: readonly string[]): CodePointSet {
  const codes = characters.map((character) => character.charCodeAt(0)).sort((left, right) => left - right);
  return codes.flatMap((code) => [code, code]);
}

function createClass(set: CodePointSet): string {
  const members = listRanges(set).map(({ first, last }) =>
    first === last ? escapeInClass(first) : `${escapeInClass(first)}-${escapeInClass(last)}`,
  );
  return `[${members.join("")}]`;
}

/** Letters and digits as they are, all else by number: no character is special then. */
function escapeInClass(code: number): string {
  const character = String.fromCodePoint(code);
  if (/[a-zA-Z0-9]/.test(character)) return character;
  const digits = code.toString(16);
  if (code <= 0xff) return `\\x${digits.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
}
