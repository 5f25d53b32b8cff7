import { describe, expect, it } from "vitest";
import { JSON_OBJECT_GRAMMAR } from "../../../src/json-schema/grammar/json-rules.ts";
import { createJsonSchemaGrammar } from "../../../src/json-schema/json-schema-grammar.ts";
import {
  createGrammarAutomaton,
  isGrammarOver,
} from "../../../src/providers/llama-cpp/engine/grammar-automaton/grammar-automaton.ts";

/** What must come behind `text`; null when the grammar does not allow it. */
function force(grammar: string, text: string): { text: string; isOver: boolean } | null {
  const automaton = createGrammarAutomaton(grammar, "root");
  const state = automaton.advance(automaton.start, text);
  if (state === null) return null;
  const forced = automaton.force(state);
  return { text: forced.text, isOver: isGrammarOver(forced.state) };
}

describe("a grammar's automaton", () => {
  it("forces what is the only continuation, and stops at a choice", () => {
    const grammar = 'root ::= "a" ("bcd" | "bce") "x"';
    expect(force(grammar, "")).toEqual({ text: "abc", isOver: false });
    expect(force(grammar, "abcd")).toEqual({ text: "x", isOver: true });
    expect(force(grammar, "abx")).toBeNull();
  });

  it("forces nothing where the text may end", () => {
    expect(force('root ::= "a" "b"?', "a")).toEqual({ text: "", isOver: false });
    expect(force('root ::= "a" "b"?', "ab")).toEqual({ text: "", isOver: true });
  });

  it("counts repetitions", () => {
    const grammar = 'root ::= [0-9]{2,3} ("," [0-9]){0,1} ";"{2}';
    expect(force(grammar, "1")).toEqual({ text: "", isOver: false });
    expect(force(grammar, "123,4")).toEqual({ text: ";;", isOver: true });
    expect(force(grammar, "1;")).toBeNull();
    expect(force(grammar, "1234")).toBeNull();
  });

  it("reads classes, escapes, comments and rules over several lines", () => {
    const grammar = 'root ::= item # first\nitem ::= ([^"\\\\\\x00-\\x1f]+ |\n  "\\u00e9\\n") "\\""\n';
    expect(force(grammar, "\u{1f45f} é")).toEqual({ text: "", isOver: false });
    expect(force(grammar, "\u00e9\n")).toEqual({ text: '"', isOver: true });
    expect(force(grammar, "a\n")).toBeNull();
  });

  it("follows recursion to any depth", () => {
    const deep = `{"a":${"[".repeat(200)}1${"]".repeat(200)}`;
    expect(force(JSON_OBJECT_GRAMMAR, `${deep}}`)).toEqual({ text: "", isOver: true });
    expect(force(JSON_OBJECT_GRAMMAR, deep.replace("1", "1]"))).toBeNull();
  });

  it("follows a compiled schema to its end", () => {
    const { grammar } = createJsonSchemaGrammar({
      type: "object",
      properties: { kind: { enum: ["shoes", "shirt"] }, size: { type: "integer", minimum: 36, maximum: 46 } },
      required: ["kind", "size"],
    });
    expect(force(grammar, "")).toEqual({ text: '{"kind":"sh', isOver: false });
    expect(force(grammar, '{"kind":"sho')).toEqual({ text: 'es","size":', isOver: false });
    expect(force(grammar, '{"kind":"shoes","size":41')).toEqual({ text: "}", isOver: true });
    expect(force(grammar, '{"kind":"shoes","size":47')).toBeNull();
  });

  it("gives up on rules that call themselves first and on what it cannot read", () => {
    expect(() => createGrammarAutomaton('root ::= root "a" | "b"', "root")).toThrow();
    expect(() => createGrammarAutomaton("root ::= <think> [a-z]", "root")).toThrow();
    expect(() => createGrammarAutomaton('root ::= missing "a"', "root")).toThrow();
    expect(() => createGrammarAutomaton('root ::= ((("a"{0,300}){0,300}){0,300}', "root")).toThrow();
  });
});
