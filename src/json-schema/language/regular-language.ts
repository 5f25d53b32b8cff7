import {
  type Automaton,
  acceptsText,
  createAutomatonBuilder,
  isUniversalState,
  NO_STATE,
} from "./automaton.ts";
import { ALL_CODE_POINTS } from "./code-points.ts";
import { combine, complement } from "./combine.ts";
import { createWordsAutomaton } from "./create-words-automaton.ts";
import { determinise } from "./determinise.ts";
import { parsePattern } from "./parse-pattern.ts";
import { UnsupportedPatternError } from "./pattern-syntax.ts";

/**
 * A regular set of texts. Immutable. Every operation throws LanguageLimitError rather than build an automaton that is
 * too large; `withinLimits` turns that into undefined.
 */
export class RegularLanguage {
  /** Minimal: equal languages have equal automata. */
  readonly automaton: Automaton;

  private constructor(automaton: Automaton) {
    this.automaton = automaton;
  }

  static any(): RegularLanguage {
    return RegularLanguage.fromLengths(0);
  }

  /**
   * The texts in which the ECMAScript pattern is found. Undefined when the pattern is beyond regular languages (back
   * references) or this reader (lookbehind, inline flags, rare Unicode properties); SyntaxError when it is no pattern.
   */
  static fromPattern(source: string): RegularLanguage | undefined {
    try {
      const anything = { kind: "set", set: ALL_CODE_POINTS } as const;
      const before = { kind: "repeat", part: anything, least: 0, most: Number.POSITIVE_INFINITY } as const;
      const pattern = { kind: "sequence", parts: [before, parsePattern(source)] } as const;
      return new RegularLanguage(determinise(pattern));
    } catch (error) {
      if (error instanceof UnsupportedPatternError) return undefined;
      throw error;
    }
  }

  static fromAutomaton(minimal: Automaton): RegularLanguage {
    return new RegularLanguage(minimal);
  }

  /** Texts of `least` to `most` characters, counted in code points. */
  static fromLengths(least: number, most = Number.POSITIVE_INFINITY): RegularLanguage {
    const builder = createAutomatonBuilder([ALL_CODE_POINTS]);
    const isBounded = most !== Number.POSITIVE_INFINITY;
    if (least > most) builder.addState([NO_STATE], false);
    else {
      const last = isBounded ? most : least;
      for (let state = 0; state < last; state++) builder.addState([state + 1], state >= least);
      builder.addState([isBounded ? NO_STATE : last], true);
    }
    return new RegularLanguage(builder.build());
  }

  static fromWords(words: readonly string[]): RegularLanguage {
    return new RegularLanguage(createWordsAutomaton(words));
  }

  intersect(other: RegularLanguage): RegularLanguage {
    if (this.isAny()) return other;
    return other.isAny() ? this : new RegularLanguage(combine(this.automaton, other.automaton, "both"));
  }

  union(other: RegularLanguage): RegularLanguage {
    return new RegularLanguage(combine(this.automaton, other.automaton, "either"));
  }

  complement(): RegularLanguage {
    return new RegularLanguage(complement(this.automaton));
  }

  includes(text: string): boolean {
    return acceptsText(this.automaton, text);
  }

  isEmpty(): boolean {
    return !this.automaton.accepting.includes(1);
  }

  isAny(): boolean {
    return isUniversalState(this.automaton, 0);
  }

  isSubsetOf(other: RegularLanguage): boolean {
    return this.intersect(other.complement()).isEmpty();
  }
}
