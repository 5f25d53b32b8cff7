import { type GbnfExpression, type GbnfRules, LAST_CODE_POINT, negateRanges } from "./gbnf-expression.ts";

const HEX_LENGTHS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const PLAIN_ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** Reads llama.cpp's grammar text. Throws on what it does not know, such as references to single tokens. */
export function parseGbnf(text: string): GbnfRules {
  const reader = createReader(text);
  const rules = new Map<string, GbnfExpression>();
  reader.skipSpace(true);
  while (!reader.isAtEnd()) {
    const name = reader.readName();
    reader.skipSpace(false);
    reader.expect("::=");
    reader.skipSpace(true);
    rules.set(name, parseChoice(reader, false));
    reader.skipSpace(true);
  }
  return rules;
}

type Reader = ReturnType<typeof createReader>;

function createReader(text: string) {
  let position = 0;
  const fail = (what: string): never => {
    throw new Error(`grammar: ${what} at ${position}`);
  };
  return {
    fail,
    isAtEnd: () => position >= text.length,
    peek: () => text[position] ?? "",
    startsWith: (word: string) => text.startsWith(word, position),
    expect(word: string) {
      if (!text.startsWith(word, position)) fail(`expected ${word}`);
      position += word.length;
    },
    takeIf(word: string): boolean {
      if (!text.startsWith(word, position)) return false;
      position += word.length;
      return true;
    },
    readName(): string {
      const [name] = /^[a-zA-Z0-9-]+/.exec(text.slice(position, position + 256)) ?? [];
      if (name === undefined) return fail("expected a rule's name");
      position += name.length;
      return name;
    },
    readNumber(): number {
      const [digits] = /^\d+/.exec(text.slice(position, position + 16)) ?? [];
      if (digits === undefined) return fail("expected a number");
      position += digits.length;
      return Number(digits);
    },
    skipSpace(withLines: boolean) {
      for (;;) {
        const character = text[position];
        if (character === "#") {
          while (position < text.length && text[position] !== "\n" && text[position] !== "\r") position++;
        } else if (character === " " || character === "\t") position++;
        else if (withLines && (character === "\n" || character === "\r")) position++;
        else return;
      }
    },
    /** One character of a literal or a class, escapes resolved. */
    readCodePoint(): number {
      if (text[position] === "\\") return readEscape();
      const codePoint = text.codePointAt(position);
      if (codePoint === undefined) return fail("unexpected end");
      position += codePoint > 0xffff ? 2 : 1;
      return codePoint;
    },
  };

  function readEscape(): number {
    const kind = text[position + 1] ?? "";
    position += 2;
    const length = HEX_LENGTHS[kind];
    if (length === undefined) return (PLAIN_ESCAPES[kind] ?? kind).charCodeAt(0);
    const digits = text.slice(position, position + length);
    if (!/^[0-9a-fA-F]+$/.test(digits) || digits.length !== length) return fail("bad escape");
    position += length;
    return Number.parseInt(digits, 16);
  }
}

function parseChoice(reader: Reader, isNested: boolean): GbnfExpression {
  const parts = [parseSequence(reader, isNested)];
  while (reader.takeIf("|")) {
    reader.skipSpace(true);
    parts.push(parseSequence(reader, isNested));
  }
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind: "choice", parts };
}

function parseSequence(reader: Reader, isNested: boolean): GbnfExpression {
  const parts: GbnfExpression[] = [];
  for (;;) {
    const part = parseItem(reader, isNested);
    if (part === null) return { kind: "sequence", parts };
    parts.push(parseRepetition(reader, part, isNested));
  }
}

/** Null where the sequence ends. */
function parseItem(reader: Reader, isNested: boolean): GbnfExpression | null {
  const next = reader.peek();
  if (next === '"') return parseLiteral(reader, isNested);
  if (next === "[") return parseClass(reader, isNested);
  if (next === "(") {
    reader.expect("(");
    reader.skipSpace(true);
    const inner = parseChoice(reader, true);
    reader.expect(")");
    reader.skipSpace(isNested);
    return inner;
  }
  if (reader.takeIf(".")) {
    reader.skipSpace(isNested);
    return { kind: "characters", ranges: [0, LAST_CODE_POINT] };
  }
  if (/[a-zA-Z0-9-]/.test(next)) {
    const name = reader.readName();
    reader.skipSpace(isNested);
    return { kind: "rule", name };
  }
  if (next !== "" && !/[|)\r\n]/.test(next)) reader.fail("unknown element");
  return null;
}

function parseLiteral(reader: Reader, isNested: boolean): GbnfExpression {
  const parts: GbnfExpression[] = [];
  reader.expect('"');
  while (!reader.takeIf('"')) {
    const codePoint = reader.readCodePoint();
    parts.push({ kind: "characters", ranges: [codePoint, codePoint] });
  }
  reader.skipSpace(isNested);
  const [only] = parts;
  // A repetition behind a literal binds to all of it, as in llama.cpp.
  return parts.length === 1 && only !== undefined ? only : { kind: "sequence", parts };
}

function parseClass(reader: Reader, isNested: boolean): GbnfExpression {
  const ranges: number[] = [];
  reader.expect("[");
  const isNegated = reader.takeIf("^");
  while (!reader.takeIf("]")) {
    const first = reader.readCodePoint();
    const isRange = reader.startsWith("-") && !reader.startsWith("-]") && reader.takeIf("-");
    ranges.push(first, isRange ? reader.readCodePoint() : first);
  }
  reader.skipSpace(isNested);
  return { kind: "characters", ranges: isNegated ? negateRanges(ranges) : ranges };
}

function parseRepetition(reader: Reader, part: GbnfExpression, isNested: boolean): GbnfExpression {
  let repeated = part;
  for (;;) {
    const [least, most] = parseCounts(reader) ?? [];
    if (least === undefined || most === undefined) return repeated;
    repeated = { kind: "repeat", part: repeated, least, most };
    reader.skipSpace(isNested);
  }
}

function parseCounts(reader: Reader): readonly [least: number, most: number | null] | null {
  if (reader.takeIf("*")) return [0, null];
  if (reader.takeIf("+")) return [1, null];
  if (reader.takeIf("?")) return [0, 1];
  if (!reader.takeIf("{")) return null;
  reader.skipSpace(true);
  const least = reader.peek() === "," ? 0 : reader.readNumber();
  reader.skipSpace(true);
  let most: number | null = least;
  if (reader.takeIf(",")) {
    reader.skipSpace(true);
    most = reader.peek() === "}" ? null : reader.readNumber();
    reader.skipSpace(true);
  }
  reader.expect("}");
  return [least, most];
}
