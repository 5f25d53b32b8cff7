/**
 * GBNF for the text of a JSON string that matches a simple anchored pattern, or undefined when the pattern is not
 * simple. Left out on purpose: groups that repeat something that repeats itself (testing them can take forever),
 * lookaround, back references, and characters that JSON would have to escape.
 */
export function createPatternBody(pattern: string): string | undefined {
  if (!pattern.startsWith("^") || !pattern.endsWith("$") || pattern.endsWith("\\$") || pattern.length > 500) {
    return undefined;
  }
  const reader: PatternReader = { text: pattern.slice(1, -1), position: 0 };
  const parsed = parseAlternatives(reader);
  // A bare top-level alternation binds weaker than the anchors: `^a|b$` is not anchored as a whole.
  if (parsed === undefined || reader.position !== reader.text.length || parsed.alternatives > 1)
    return undefined;
  return parsed.body === "" ? undefined : parsed.body;
}

interface PatternReader {
  readonly text: string;
  position: number;
}

interface Parsed {
  readonly body: string;
  readonly repeats: boolean;
  readonly alternatives: number;
}

const MAX_REPETITION = 200;
const CLASSES: Readonly<Record<string, string>> = { d: "0-9", w: "A-Za-z0-9_", s: " " };
/** A dot is any character that needs no escape in JSON. */
const ANY = String.raw`[ !#-\[\]-~\u0080-\uD7FF\uE000-\U0010FFFF]`;

function parseAlternatives(reader: PatternReader): Parsed | undefined {
  const bodies: string[] = [];
  let repeats = false;
  for (;;) {
    const sequence = parseSequence(reader);
    if (sequence === undefined) return undefined;
    bodies.push(sequence.body === "" ? `""` : sequence.body);
    repeats ||= sequence.repeats;
    if (reader.text[reader.position] !== "|") break;
    reader.position++;
  }
  return { body: bodies.join(" | "), repeats, alternatives: bodies.length };
}

function parseSequence(reader: PatternReader): Omit<Parsed, "alternatives"> | undefined {
  const parts: string[] = [];
  let repeats = false;
  while (reader.position < reader.text.length && !/[|)]/.test(reader.text[reader.position] ?? "")) {
    const atom = parseAtom(reader);
    if (atom === undefined) return undefined;
    const quantifier = parseQuantifier(reader);
    if (quantifier === undefined || (quantifier !== "" && atom.repeats)) return undefined;
    repeats ||= atom.repeats || (quantifier !== "" && quantifier !== "?");
    parts.push(`${atom.body}${quantifier}`);
  }
  return { body: parts.join(" "), repeats };
}

function parseAtom(reader: PatternReader): Omit<Parsed, "alternatives"> | undefined {
  const character = reader.text[reader.position++];
  if (character === "(") return parseGroup(reader);
  if (character === "[") return parseClass(reader);
  if (character === ".") return { body: ANY, repeats: false };
  if (character === "\\") return parseEscape(reader);
  if (character === undefined || /[*+?{}^$"\])]/.test(character) || !isPlain(character)) return undefined;
  return { body: `[${escapeCode(character)}]`, repeats: false };
}

function parseGroup(reader: PatternReader): Omit<Parsed, "alternatives"> | undefined {
  if (reader.text.startsWith("?:", reader.position)) reader.position += 2;
  else if (reader.text[reader.position] === "?") return undefined;
  const inner = parseAlternatives(reader);
  if (inner === undefined || reader.text[reader.position++] !== ")") return undefined;
  return { body: `(${inner.body})`, repeats: inner.repeats };
}

function parseEscape(reader: PatternReader): Omit<Parsed, "alternatives"> | undefined {
  const character = reader.text[reader.position++] ?? "";
  const known = CLASSES[character];
  if (known !== undefined) return { body: `[${known}]`, repeats: false };
  if (!/[.\-_/()[\]{}+*?^$|@:,#%&!=<>~ ]/.test(character)) return undefined;
  return { body: `[${escapeCode(character)}]`, repeats: false };
}

/** `[a-z0-9_]` and the like; negated classes also leave out what JSON would have to escape. */
function parseClass(reader: PatternReader): Omit<Parsed, "alternatives"> | undefined {
  const end = findClassEnd(reader);
  if (end === undefined) return undefined;
  let text = reader.text.slice(reader.position, end);
  reader.position = end + 1;
  const isNegated = text.startsWith("^");
  if (isNegated) text = text.slice(1);
  let members = "";
  for (let index = 0; index < text.length; index++) {
    let character = text[index] ?? "";
    if (character === "\\") {
      character = text[++index] ?? "";
      const known = CLASSES[character];
      if (known !== undefined) {
        members += known;
        continue;
      }
      if (/[a-zA-Z0-9\\"]/.test(character)) return undefined;
    } else if (character === "-" && members !== "" && index < text.length - 1) {
      members += "-";
      continue;
    }
    if (!isPlain(character)) return undefined;
    members += escapeCode(character);
  }
  if (members === "") return undefined;
  return { body: isNegated ? String.raw`[^"\\\x7F\x00-\x1F${members}]` : `[${members}]`, repeats: false };
}

function findClassEnd(reader: PatternReader): number | undefined {
  for (let index = reader.position; index < reader.text.length; index++) {
    if (reader.text[index] === "\\") index++;
    else if (reader.text[index] === "]" && index > reader.position) return index;
  }
  return undefined;
}

function parseQuantifier(reader: PatternReader): string | undefined {
  const rest = reader.text.slice(reader.position);
  const [quantifier = ""] = /^(?:[*+?]|\{\d+(?:,\d*)?\})/.exec(rest) ?? [];
  reader.position += quantifier.length;
  // Lazy and possessive marks change nothing about which texts match; `{` alone is not a quantifier.
  if (quantifier !== "" && /^[?+]/.test(rest.slice(quantifier.length))) reader.position++;
  if (quantifier === "" && rest.startsWith("{")) return undefined;
  const counts = quantifier.match(/\d+/g)?.map(Number) ?? [];
  return counts.some((count) => count > MAX_REPETITION) ? undefined : quantifier;
}

function isPlain(character: string): boolean {
  return character !== '"' && character !== "\\" && character >= " " && character !== "\x7f";
}

function escapeCode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
