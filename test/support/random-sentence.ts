import type {
  GbnfExpression,
  GbnfRules,
} from "../../src/providers/llama-cpp/engine/grammar-automaton/gbnf-expression.ts";
import { parseGbnf } from "../../src/providers/llama-cpp/engine/grammar-automaton/parse-gbnf.ts";

/** Writes random texts that a grammar matches. Past about `maxCharacters` it takes the shortest way to an end. */
export function createSentenceWriter(
  grammar: string,
  random: () => number,
): (maxCharacters: number) => string {
  const rules = parseGbnf(grammar);
  const lengths = measureRules(rules);
  const lengthOf = (expression: GbnfExpression) => measure(expression, lengths);

  return (maxCharacters) => {
    let written = "";
    const isLong = () => written.length > maxCharacters;
    const write = (expression: GbnfExpression): void => {
      switch (expression.kind) {
        case "characters":
          written += pickCharacter(expression.ranges, random);
          return;
        case "rule":
          write(rules.get(expression.name) ?? { kind: "sequence", parts: [] });
          return;
        case "sequence":
          for (const part of expression.parts) write(part);
          return;
        case "choice": {
          const shortest = Math.min(...expression.parts.map(lengthOf));
          const open = expression.parts.filter((part) =>
            isLong() ? lengthOf(part) === shortest : Number.isFinite(lengthOf(part)),
          );
          const picked = open[Math.floor(random() * open.length)];
          if (picked !== undefined) write(picked);
          return;
        }
        case "repeat": {
          const { part, least, most } = expression;
          for (let count = 0; count < least; count++) write(part);
          for (let count = least; count < (most ?? count + 1); count++) {
            if (isLong() || random() < 0.4 || !Number.isFinite(lengthOf(part))) return;
            write(part);
          }
          return;
        }
        default:
          expression satisfies never;
      }
    };
    write({ kind: "rule", name: "root" });
    return written;
  };
}

/** The fewest characters of each rule. */
function measureRules(rules: GbnfRules): Map<string, number> {
  const lengths = new Map<string, number>();
  for (let isChanging = true; isChanging; ) {
    isChanging = false;
    for (const [name, expression] of rules) {
      const length = measure(expression, lengths);
      if (length >= (lengths.get(name) ?? Number.POSITIVE_INFINITY)) continue;
      lengths.set(name, length);
      isChanging = true;
    }
  }
  return lengths;
}

function measure(expression: GbnfExpression, lengths: ReadonlyMap<string, number>): number {
  switch (expression.kind) {
    case "characters":
      return expression.ranges.length === 0 ? Number.POSITIVE_INFINITY : 1;
    case "rule":
      return lengths.get(expression.name) ?? Number.POSITIVE_INFINITY;
    case "sequence":
      return expression.parts.reduce((sum, part) => sum + measure(part, lengths), 0);
    case "choice":
      return Math.min(...expression.parts.map((part) => measure(part, lengths)));
    case "repeat":
      return expression.least === 0 ? 0 : expression.least * measure(expression.part, lengths);
    default:
      return expression satisfies never;
  }
}

function pickCharacter(ranges: readonly number[], random: () => number): string {
  const at = Math.floor((random() * ranges.length) / 2) * 2;
  const [first = 0, last = 0] = [ranges[at], ranges[at + 1]];
  return String.fromCodePoint(first + Math.floor(random() * (last - first + 1)));
}
