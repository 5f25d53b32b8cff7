import { JsonSchemaLimitError } from "../json-schema-error.ts";

/** Past this the grammar costs more than an answer is worth; client schemas reach it only by multiplication. */
const MAX_GRAMMAR_CHARACTERS = 400_000;

/**
 * A growing set of GBNF rules. Equal bodies share one rule, which also keeps alternatives that are the same from
 * becoming ambiguity that the sampler would have to carry along.
 */
export interface GrammarRules {
  /** Name of a rule with this body; `hint` makes generated grammars readable. */
  add(hint: string, body: string): string;
  /** A rule under exactly this name, added once; such names never end in a number, the others always do. */
  addNamed(name: string, body: string): string;
  /** A name whose body comes later: what recursion refers to. */
  reserve(hint: string): string;
  define(name: string, body: string): void;
  toText(root: string): string;
}

export function createGrammarRules(): GrammarRules {
  const bodies = new Map<string, string>();
  const namesByBody = new Map<string, string>();
  let characters = 0;
  let number = 0;

  function pickFreeName(hint: string): string {
    const base =
      hint
        .replace(/[^a-zA-Z0-9]+/g, "-")
        .replace(/^-+|-+$/g, "")
        .slice(0, 24) || "rule";
    number++;
    return `${base}-${number}`;
  }

  function define(name: string, body: string): void {
    characters += name.length + body.length;
    if (characters > MAX_GRAMMAR_CHARACTERS)
      throw new JsonSchemaLimitError("the schema is too complex to compile");
    bodies.set(name, body);
  }

  return {
    add(hint, body) {
      const known = namesByBody.get(body);
      if (known !== undefined) return known;
      const name = pickFreeName(hint);
      define(name, body);
      namesByBody.set(body, name);
      return name;
    },
    addNamed(name, body) {
      if (!bodies.has(name)) define(name, body);
      return name;
    },
    reserve(hint) {
      const name = pickFreeName(hint);
      bodies.set(name, "");
      return name;
    },
    define,
    toText(root) {
      const lines = [`root ::= ${root}`];
      for (const [name, body] of bodies) lines.push(`${name} ::= ${body}`);
      return `${lines.join("\n")}\n`;
    },
  };
}

/** A GBNF string literal that matches exactly this text. */
export function createLiteral(text: string): string {
  let escaped = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (character === '"' || character === "\\") escaped += `\\${character}`;
    else if (code < 0x20 || code === 0x7f) escaped += `\\x${code.toString(16).padStart(2, "0")}`;
    else escaped += character;
  }
  return `"${escaped}"`;
}
