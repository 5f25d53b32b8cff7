import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spliceMembers } from "../../src/protocol/splice-json.ts";

const edit = (text: string, edits: Record<string, unknown>) =>
  spliceMembers(text, new Map(Object.entries(edits)));

/** JSON as people write it: white space anywhere, escapes where none are needed, any spelling of a number. */
const space = fc.stringMatching(/^[ \n\r\t]{0,2}$/);
const escapeUnit = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
const stringText = fc
  .tuple(fc.string({ unit: "binary", maxLength: 8 }), fc.boolean())
  .map(([value, isEscaped]) =>
    isEscaped
      ? `"${Array.from({ length: value.length }, (_, at) => escapeUnit(value[at] ?? "")).join("")}"`
      : JSON.stringify(value),
  );
const numberText = fc.constantFrom("0", "-0", "1.0", "12345678901234567890", "1e400", "-1.50E+2", "3");
const scalarText = fc.oneof(stringText, numberText, fc.constantFrom("true", "false", "null"));
const { value: valueText } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalarText,
    fc
      .tuple(
        space,
        fc.array(
          fc.tuple(space, tie("value"), space).map((parts) => parts.join("")),
          { maxLength: 3 },
        ),
      )
      .map(([gap, items]) => (items.length === 0 ? `[${gap}]` : `[${items.join(",")}]`)),
    fc
      .tuple(
        space,
        fc.array(fc.tuple(space, stringText, space, space, tie("value"), space), { maxLength: 3 }),
      )
      .map(([gap, members]) =>
        members.length === 0 ? `{${gap}}` : `{${members.map(joinMember).join(",")}}`,
      ),
  ),
}));
function joinMember([a, key, b, c, value, d]: [string, string, string, string, string, string]): string {
  return `${a}${key}${b}:${c}${value}${d}`;
}
const name = fc.oneof(
  fc.constantFrom("model", "stream", "__proto__", "", 'a"b', "\\"),
  fc.string({ maxLength: 4 }),
);
const memberText = fc.tuple(
  space,
  fc.oneof(
    stringText,
    name.map((text) => JSON.stringify(text)),
  ),
  space,
  space,
  valueText,
  space,
);
const objectText = fc
  .tuple(space, space, fc.array(memberText, { maxLength: 5 }), space)
  .map(
    ([before, gap, members, after]) =>
      `${before}{${members.length === 0 ? gap : members.map(joinMember).join(",")}}${after}`,
  );

describe("spliceMembers", () => {
  it("leaves a text without edits alone, byte for byte", () => {
    const text = ' {\n "b" : 1.0 ,"a":[12345678901234567890 , "\\u00e9\\/"] }\n';
    expect(spliceMembers(text, new Map())).toBe(text);
  });

  it("replaces a value where it stands and keeps everything around it", () => {
    const text = '{ "big": 12345678901234567890,\n  "model" : "old" ,\n  "seed": 1.0 }';
    expect(edit(text, { model: "new" })).toBe(
      '{ "big": 12345678901234567890,\n  "model" : "new" ,\n  "seed": 1.0 }',
    );
  });

  it("takes members out wherever they stand and appends new ones", () => {
    const text = '{"a":1,"b":{"a":[]},"c":"}"}';
    expect(edit(text, { a: undefined })).toBe('{"b":{"a":[]},"c":"}"}');
    expect(edit(text, { b: undefined })).toBe('{"a":1,"c":"}"}');
    expect(edit(text, { c: undefined, d: [1] })).toBe('{"a":1,"b":{"a":[]},"d":[1]}');
    expect(edit("{ }", { d: 1 })).toBe('{"d":1 }');
    expect(edit('{"a":1}', { a: undefined })).toBe("{}");
  });

  it("knows a name however it is escaped", () => {
    expect(edit('{"mod\\u0065l":"old","x":"\\\\\\""}', { model: "new" })).toBe(
      '{"mod\\u0065l":"new","x":"\\\\\\""}',
    );
  });

  it("keeps the last of a repeated name, so that nobody reads another than we did", () => {
    expect(edit('{"n":1,"model":"a","n":2,"model":"b"}', { model: "c" })).toBe('{"n":2,"model":"c"}');
    expect(edit('{"n":1,"n":2}', {})).toBe('{"n":2}');
  });

  it("does to any text what the same edits do to its parsed value", () => {
    const edits = fc.array(fc.tuple(name, fc.option(fc.jsonValue({ maxDepth: 2 }), { nil: undefined })), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(objectText, edits, (text, changes) => {
        const map = new Map(changes);
        const expected = new Map(Object.entries(JSON.parse(text)));
        for (const [key, value] of map) {
          if (value === undefined) expected.delete(key);
          else expected.set(key, JSON.parse(JSON.stringify(value)));
        }
        const actual = new Map(Object.entries(JSON.parse(spliceMembers(text, map))));
        expect(actual).toEqual(expected);
      }),
      { seed: 20261123, numRuns: 2000 },
    );
  });

  it("keeps the very text of every member it does not change", () => {
    fc.assert(
      fc.property(objectText, (text) => {
        const changed = edit(text, { "not there": 1 });
        const stripped = edit(changed, { "not there": undefined });
        const members = Object.keys(JSON.parse(text)).length;
        if (members > 0) expect(stripped).toBe(spliceMembers(text, new Map()));
      }),
      { seed: 20261123, numRuns: 1000 },
    );
  });
});
