import { negateSet } from "./code-points.ts";
import { LINE_ENDS, parseClass, parseEscape } from "./pattern-class.ts";
import { type PatternReader, peek, take, takeIf, takeUntil } from "./pattern-reader.ts";
import { type PatternNode, UnsupportedPatternError } from "./pattern-syntax.ts";

const MAX_DEPTH = 100;
const MAX_BOUNDS_LENGTH = 24;

/**
 * Reads an ECMAScript pattern. The `u` flag is assumed, as JSON Schema asks; a pattern that is only valid without it
 * (`\-`, a lone brace) is read that way. Throws SyntaxError when it is neither, UnsupportedPatternError when it is
 * beyond this reader.
 */
export function parsePattern(source: string): PatternNode {
  const isStrict = isValid(source, "u");
  if (!isStrict) new RegExp(source);
  if (!isStrict && /[\ud800-\udfff]/.test(source)) throw new UnsupportedPatternError("halves of characters");
  const reader: PatternReader = { characters: [...source], isStrict, position: 0, depth: 0 };
  return parseChoice(reader);
}

function isValid(source: string, flags: string): boolean {
  try {
    return new RegExp(source, flags) !== undefined;
  } catch {
    return false;
  }
}

function parseChoice(reader: PatternReader): PatternNode {
  const options = [parseSequence(reader)];
  while (takeIf(reader, "|")) options.push(parseSequence(reader));
  const [only] = options;
  return options.length === 1 && only !== undefined ? only : { kind: "choice", options };
}

function parseSequence(reader: PatternReader): PatternNode {
  const parts: PatternNode[] = [];
  while (!["", "|", ")"].includes(peek(reader))) parts.push(parseQuantifier(reader, parseAtom(reader)));
  return { kind: "sequence", parts };
}

function parseAtom(reader: PatternReader): PatternNode {
  const character = take(reader);
  switch (character) {
    case "^":
      return { kind: "assertion", assertion: "start" };
    case "$":
      return { kind: "assertion", assertion: "end" };
    case ".":
      return { kind: "set", set: negateSet(LINE_ENDS) };
    case "[":
      return { kind: "set", set: parseClass(reader) };
    case "(":
      return parseGroup(reader);
    case "\\":
      if (takeIf(reader, "b")) return { kind: "assertion", assertion: "boundary" };
      if (takeIf(reader, "B")) return { kind: "assertion", assertion: "no-boundary" };
      return { kind: "set", set: parseEscape(reader) };
    default: {
      const code = character.codePointAt(0) ?? 0;
      return { kind: "set", set: [code, code] };
    }
  }
}

function parseGroup(reader: PatternReader): PatternNode {
  if (++reader.depth > MAX_DEPTH) throw new UnsupportedPatternError("groups nested too deep");
  const node = parseGroupBody(reader);
  if (!takeIf(reader, ")")) throw new UnsupportedPatternError("a group without an end");
  reader.depth--;
  return node;
}

function parseGroupBody(reader: PatternReader): PatternNode {
  if (takeIf(reader, "?=")) return { kind: "lookahead", part: parseChoice(reader), isNegative: false };
  if (takeIf(reader, "?!")) return { kind: "lookahead", part: parseChoice(reader), isNegative: true };
  if (takeIf(reader, "?<=") || takeIf(reader, "?<!")) throw new UnsupportedPatternError("lookbehind");
  if (takeIf(reader, "?<")) takeUntil(reader, ">");
  else if (!takeIf(reader, "?:") && peek(reader) === "?") throw new UnsupportedPatternError("inline flags");
  return parseChoice(reader);
}

/** Lazy marks change nothing about which texts match. */
function parseQuantifier(reader: PatternReader, part: PatternNode): PatternNode {
  const bounds = takeBounds(reader);
  if (bounds === undefined) return part;
  takeIf(reader, "?");
  return { kind: "repeat", part, ...bounds };
}

function takeBounds(reader: PatternReader): { readonly least: number; readonly most: number } | undefined {
  const unbounded = Number.POSITIVE_INFINITY;
  if (takeIf(reader, "*")) return { least: 0, most: unbounded };
  if (takeIf(reader, "+")) return { least: 1, most: unbounded };
  if (takeIf(reader, "?")) return { least: 0, most: 1 };
  if (peek(reader) !== "{") return undefined;
  const ahead = reader.characters.slice(reader.position, reader.position + MAX_BOUNDS_LENGTH).join("");
  const counts = /^\{(\d+)(?:(,)(\d*))?\}/.exec(ahead);
  if (counts === null) {
    if (reader.isStrict || /^\{[\d,]{20}/.test(ahead))
      throw new UnsupportedPatternError("an endless quantifier");
    // Without the `u` flag a brace that is no quantifier is a plain character.
    return undefined;
  }
  reader.position += counts[0].length;
  const least = Number(counts[1]);
  if (counts[2] === undefined) return { least, most: least };
  return { least, most: counts[3] === "" ? unbounded : Number(counts[3]) };
}
