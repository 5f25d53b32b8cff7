import { JsonSchemaError } from "../json-schema-error.ts";
import type { RegularLanguage } from "../language/regular-language.ts";
import { addCharacterOf } from "./character-rule.ts";
import { createLiteral, type GrammarRules } from "./grammar-rules.ts";
import { addCharacter, addString } from "./json-rules.ts";
import { outlineStates, type StateOutline, type StateShape, type Way } from "./state-outline.ts";

/** A rule for the JSON strings whose text is in the language, quotes included, escaped as JSON.stringify escapes. */
export function addLanguageString(rules: GrammarRules, language: RegularLanguage): string {
  if (language.isAny()) return addString(rules);
  return rules.add("text", `"\\"" ${addLanguageText(rules, language)} "\\""`);
}

/**
 * A rule for the texts of the language as they stand inside a JSON string, or of a number. One rule per state of the
 * automaton, each naming the next at its end: the engine has a single way to read any text and never goes deeper.
 */
export function addLanguageText(rules: GrammarRules, language: RegularLanguage): string {
  if (language.isEmpty()) throw new JsonSchemaError("a text that cannot exist");
  const outline = outlineStates(language.automaton);
  const names = new Map<number, string>();
  for (const state of outline.loops) names.set(state, rules.reserve("state"));
  for (const state of outline.order) writeState(rules, { outline, state, names });
  return names.get(0) ?? "";
}

interface WriteOptions {
  readonly outline: StateOutline;
  readonly state: number;
  readonly names: Map<number, string>;
}

function writeState(rules: GrammarRules, { outline, state, names }: WriteOptions): void {
  const shape = outline.states.get(state);
  if (shape === undefined) return;
  const body = createBody(rules, shape, names);
  const reserved = names.get(state);
  if (reserved === undefined) names.set(state, rules.add("state", body));
  else rules.define(reserved, body);
}

function createBody(rules: GrammarRules, shape: StateShape, names: ReadonlyMap<number, string>): string {
  switch (shape.kind) {
    case "universal":
      return `${addCharacter(rules)}*`;
    case "tail":
      return `${addCharacterOf(rules, shape.set)}{0,${shape.most}}`;
    case "choice": {
      const ways = shape.ways.map((way) => createWay(rules, way, names));
      if (shape.isAccepting) ways.push(`""`);
      if (shape.loop === undefined) return ways.length === 0 ? `""` : ways.join(" | ");
      const repeated = `${addCharacterOf(rules, shape.loop)}*`;
      if (ways.length === 1) return ways[0] === `""` ? repeated : `${repeated} ${ways[0]}`;
      return `${repeated} (${ways.join(" | ")})`;
    }
    default:
      return shape satisfies never;
  }
}

function createWay(rules: GrammarRules, way: Way, names: ReadonlyMap<number, string>): string {
  const symbols: string[] = [];
  let literal = "";
  const endLiteral = () => {
    if (literal !== "") symbols.push(createLiteral(JSON.stringify(literal).slice(1, -1)));
    literal = "";
  };
  for (const { set, count } of way.steps) {
    const [first = 0, last] = set;
    if (set.length === 2 && first === last) {
      literal += String.fromCodePoint(first).repeat(count);
      continue;
    }
    endLiteral();
    symbols.push(count === 1 ? addCharacterOf(rules, set) : `${addCharacterOf(rules, set)}{${count}}`);
  }
  endLiteral();
  if (way.target !== undefined) symbols.push(names.get(way.target) ?? "");
  return symbols.join(" ");
}
