/** One member of the outermost object: where its text lies, from behind the comma before it to the comma after it. */
interface JsonMember {
  readonly name: string;
  readonly start: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly end: number;
}

/** New values by member name; `undefined` takes the member out. A map, because `__proto__` is a name like any other. */
export type MemberEdits = ReadonlyMap<string, unknown>;

/**
 * Changes top-level members of a JSON object in its text. Everything else stays as it was written: key order, white
 * space, escapes, `1.0`, integers that no JavaScript number can hold. Members new to the object go to its end. Of a name
 * that repeats only the last one is kept, the one `JSON.parse` believes: nobody downstream can read another.
 * @param text an object that `JSON.parse` accepts; the scanner relies on it
 */
export function spliceMembers(text: string, edits: MemberEdits): string {
  const members = listMembers(text);
  const lastByName = new Map(members.map((member) => [member.name, member]));
  if (edits.size === 0 && lastByName.size === members.length) return text;

  const kept = members.filter((member) => lastByName.get(member.name) === member);
  const segments = kept.flatMap((member) => editMember(text, { member, edits }));
  for (const [name, value] of edits) {
    if (value === undefined || lastByName.has(name)) continue;
    segments.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
  }
  const open = text.indexOf("{") + 1;
  return text.slice(0, open) + segments.join(",") + text.slice(members.at(-1)?.end ?? open);
}

function editMember(text: string, { member, edits }: { member: JsonMember; edits: MemberEdits }): string[] {
  if (!edits.has(member.name)) return [text.slice(member.start, member.end)];
  const value = edits.get(member.name);
  if (value === undefined) return [];
  return [
    text.slice(member.start, member.valueStart) +
      JSON.stringify(value) +
      text.slice(member.valueEnd, member.end),
  ];
}

function listMembers(text: string): JsonMember[] {
  const members: JsonMember[] = [];
  let start = text.indexOf("{") + 1;
  for (;;) {
    const keyStart = skipSpace(text, start);
    // Only an empty object has no key here: valid JSON knows no comma before the closing brace.
    if (text[keyStart] !== '"') return members;
    const keyEnd = skipString(text, keyStart);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const valueEnd = skipValue(text, valueStart);
    const end = skipSpace(text, valueEnd);
    members.push({ name: readKey(text.slice(keyStart, keyEnd)), start, valueStart, valueEnd, end });
    if (text[end] !== ",") return members;
    start = end + 1;
  }
}

function readKey(literal: string): string {
  if (!literal.includes("\\")) return literal.slice(1, -1);
  // A quoted literal parses to a string.
  return JSON.parse(literal) as string;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Behind the string whose opening quote is at `from`. The search for a quote is fastest where there is none for megabytes,
 * as in an image; in a text full of escaped quotes it is faster to look at every character.
 */
function skipString(text: string, from: number): number {
  const quote = text.indexOf('"', from + 1);
  if (text.charCodeAt(quote - 1) !== BACKSLASH) return quote + 1;
  for (let at = from + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at += 1;
  }
  return text.length;
}

const STRUCTURE = /["{}[\]]/g;
const SCALAR_END = /[\s,}\]]/g;

function skipValue(text: string, from: number): number {
  const first = text[from];
  if (first === '"') return skipString(text, from);
  if (first !== "{" && first !== "[") return findFrom(SCALAR_END, { text, from });
  let depth = 0;
  let at = from;
  do {
    at = findFrom(STRUCTURE, { text, from: at });
    const found = text[at];
    if (found === '"') {
      at = skipString(text, at);
      continue;
    }
    depth += found === "{" || found === "[" ? 1 : -1;
    at += 1;
  } while (depth > 0);
  return at;
}

function findFrom(pattern: RegExp, { text, from }: { text: string; from: number }): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}
