import { ALL_CODE_POINTS, appendRange, type CodePointSet, intersectSets } from "./code-points.ts";
import { UnsupportedPatternError } from "./pattern-syntax.ts";

/** Working out a property walks all of Unicode: only names that schemas use, so that a client cannot ask for hundreds. */
const SUPPORTED =
  /^(?:L|Lu|Ll|Lt|Lm|Lo|M|Mn|Mc|Me|N|Nd|Nl|No|P|Pc|Pd|Ps|Pe|Pi|Pf|Po|S|Sm|Sc|Sk|So|Z|Zs|Zl|Zp|C|Cc|Cf|Letter|Uppercase_Letter|Lowercase_Letter|Mark|Number|Decimal_Number|digit|Punctuation|Symbol|Separator|Alphabetic|Alpha|Uppercase|Lowercase|White_Space|ASCII|Any|Emoji|Emoji_Presentation|Extended_Pictographic|ID_Start|ID_Continue|XID_Start|XID_Continue|(?:General_Category|gc)=(?:Lu|Ll|L|N|Nd|P|S|Z|M|Letter|Number)|(?:Script|sc|Script_Extensions|scx)=(?:Latin|Latn|Greek|Cyrillic|Cyrl|Han|Hiragana|Katakana|Hangul|Arabic|Hebrew|Thai|Devanagari|Armenian|Georgian))$/;

/** Planes that hold assigned characters one by one; in the others, unassigned or private, all characters are alike. */
const MIXED_PLANES = new Set([0, 1, 2, 3, 14]);
const PLANE_COUNT = 17;
const PLANE = 0x10000;
/** As many characters as one call may have arguments. */
const BLOCK = 0x8000;

/** Unicode stays the same while the process runs: each name is worked out once. */
const known = new Map<string, CodePointSet>();

/** The characters of `\p{name}`, from the tables of the JavaScript engine. */
export function getProperty(name: string): CodePointSet {
  if (!SUPPORTED.test(name)) throw new UnsupportedPatternError("a Unicode property that is not supported");
  const set = known.get(name) ?? listCodePoints(new RegExp(`\\p{${name}}+`, "gu"));
  known.set(name, set);
  return set;
}

/** The ranges that the pattern, which repeats one class, finds in texts of all characters in order. */
function listCodePoints(pattern: RegExp): CodePointSet {
  const ranges: number[] = [];
  for (let plane = 0; plane < PLANE_COUNT; plane++) {
    const start = plane * PLANE;
    if (!MIXED_PLANES.has(plane)) {
      const isMember = String.fromCodePoint(start).search(pattern) === 0;
      if (isMember) appendRange(ranges, { first: start, last: start + PLANE - 1 });
      continue;
    }
    for (const block of [createBlock(start), createBlock(start + BLOCK)]) {
      for (const [run] of block.matchAll(pattern)) {
        const first = run.codePointAt(0) ?? 0;
        appendRange(ranges, { first, last: [...run.slice(-2)].at(-1)?.codePointAt(0) ?? 0 });
      }
    }
  }
  return intersectSets(ranges, ALL_CODE_POINTS);
}

function createBlock(start: number): string {
  const codes: number[] = [];
  for (let code = start; code < start + BLOCK; code++) if (code < 0xd800 || code > 0xdfff) codes.push(code);
  return String.fromCodePoint(...codes);
}
