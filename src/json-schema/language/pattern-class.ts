import { type CodePointSet, createCodePointSet, negateSet, uniteSets } from "./code-points.ts";
import { type PatternReader, peek, take, takeIf, takeUntil } from "./pattern-reader.ts";
import { UnsupportedPatternError } from "./pattern-syntax.ts";
import { getProperty } from "./unicode-property.ts";

const DIGITS: CodePointSet = [0x30, 0x39];
export const WORD_CHARACTERS: CodePointSet = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
/** White space and line ends of ECMAScript. */
const SPACES: CodePointSet = [
  0x09, 0x0d, 0x20, 0x20, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f, 0x205f,
  0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff,
];
export const LINE_ENDS: CodePointSet = [0x0a, 0x0a, 0x0d, 0x0d, 0x2028, 0x2029];

const CLASSES: Readonly<Record<string, CodePointSet>> = { d: DIGITS, w: WORD_CHARACTERS, s: SPACES };
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };

/** What follows `[`, up to and with `]`. */
export function parseClass(reader: PatternReader): CodePointSet {
  const isNegated = takeIf(reader, "^");
  const sets: CodePointSet[] = [];
  while (!takeIf(reader, "]")) {
    const low = parseMember(reader);
    if (peek(reader) !== "-" || peek(reader, 1) === "]") {
      sets.push(low);
      continue;
    }
    take(reader);
    const high = parseMember(reader);
    // Beside a class such as \w the dash is a plain character; only patterns without the `u` flag may say so.
    sets.push(
      isSingle(low) && isSingle(high) ? [low[0] ?? 0, high[0] ?? 0] : uniteSets([low, high, [0x2d, 0x2d]]),
    );
  }
  const set = uniteSets(sets);
  return isNegated ? negateSet(set) : set;
}

function isSingle(set: CodePointSet): boolean {
  return set.length === 2 && set[0] === set[1];
}

function parseMember(reader: PatternReader): CodePointSet {
  const character = take(reader);
  if (character !== "\\") return createCodePointSet(character);
  if (takeIf(reader, "b")) return [8, 8];
  return parseEscape(reader);
}

/** What follows a backslash and stands for one character, in a class or outside. */
export function parseEscape(reader: PatternReader): CodePointSet {
  const character = take(reader);
  const lower = character.toLowerCase();
  const known = CLASSES[lower];
  if (known !== undefined) return character === lower ? known : negateSet(known);
  if (lower === "p") return parseProperty(reader, character === "P");
  const control = CONTROLS[character];
  if (control !== undefined) return [control, control];
  if (character === "u" || character === "x") return createSingle(parseHexadecimal(reader, character));
  if (character === "c") return createSingle(parseControlLetter(reader));
  if (character === "0" && !/\d/.test(peek(reader))) return [0, 0];
  if (/[\dk]/.test(character)) throw new UnsupportedPatternError("back references are not regular");
  return createCodePointSet(character);
}

function createSingle(code: number): CodePointSet {
  return [code, code];
}

function parseProperty(reader: PatternReader, isNegated: boolean): CodePointSet {
  if (!reader.isStrict || !takeIf(reader, "{")) throw new UnsupportedPatternError("\\p needs the u flag");
  const set = getProperty(takeUntil(reader, "}"));
  return isNegated ? negateSet(set) : set;
}

function parseControlLetter(reader: PatternReader): number {
  const letter = take(reader);
  if (!/[a-zA-Z]/.test(letter)) throw new UnsupportedPatternError("\\c without a letter");
  return (letter.codePointAt(0) ?? 0) % 32;
}

function parseHexadecimal(reader: PatternReader, kind: "u" | "x"): number {
  if (kind === "u" && reader.isStrict && takeIf(reader, "{"))
    return Number.parseInt(takeUntil(reader, "}"), 16);
  const code = parseHexDigits(reader, kind === "u" ? 4 : 2);
  const isHighSurrogate = code >= 0xd800 && code <= 0xdbff;
  if (!isHighSurrogate || peek(reader) !== "\\" || peek(reader, 1) !== "u") return code;
  const start = reader.position;
  reader.position += 2;
  const low = parseHexDigits(reader, 4);
  if (low >= 0xdc00 && low <= 0xdfff) return 0x10000 + (code - 0xd800) * 0x400 + (low - 0xdc00);
  reader.position = start;
  return code;
}

function parseHexDigits(reader: PatternReader, count: number): number {
  let digits = "";
  while (digits.length < count && /^[0-9a-fA-F]$/.test(peek(reader))) digits += take(reader);
  if (digits.length < count) throw new UnsupportedPatternError("an escape without its digits");
  return Number.parseInt(digits, 16);
}
