import { createPhraseIndex, type PhraseIndex } from "../phrase-index.ts";
import type { ReadItem } from "../read-item.ts";
import type { Demand, OutfitRule } from "./rule.ts";
import type { MatcherSpec, RuleSpec } from "./rules-file.ts";

type ItemMatcher = (item: ReadItem) => boolean;

/** `findPatterns` tells a query's pattern words, plain ones left out. */
export interface MatcherContext {
  hasPattern(words: readonly string[]): boolean;
}

export function compileRule(rule: { name: string; spec: RuleSpec }, context: MatcherContext): OutfitRule {
  const { name, spec } = rule;
  return {
    name,
    isWish: spec.wish ?? false,
    forbids: compileAny(spec.forbid ?? [], context),
    demands: (spec.demand ?? []).map(
      (demand): Demand => ({
        meets: compileAny(demand.match, context),
        counts: compileAny(demand.among ?? [], context),
        share: demand.share ?? 0,
        hint: demand.hint ?? name,
      }),
    ),
  };
}

function compileAny(specs: readonly MatcherSpec[], context: MatcherContext): ItemMatcher {
  const matchers = specs.map((spec) => compileMatcher(spec, context));
  return (item) => matchers.some((matches) => matches(item));
}

function compileMatcher(spec: MatcherSpec, context: MatcherContext): ItemMatcher {
  const conditions = compileConditions(spec, context);
  const excusedByWord = phraseTest(spec.unlessWords);
  return (item) => {
    if (spec.types && (item.type === null || !spec.types.includes(item.type))) return false;
    if (excusedByWord?.(item) || hasTrait(item, spec.unlessTraits)) return false;
    return conditions.length === 0 || conditions.some((condition) => condition(item));
  };
}

function compileConditions(spec: MatcherSpec, context: MatcherContext): ItemMatcher[] {
  const conditions: ItemMatcher[] = [];
  const words = phraseTest(spec.words);
  if (words) conditions.push(words);
  if (spec.traits) conditions.push((item) => hasTrait(item, spec.traits));
  const { families, formalityMax, formalityMin, formalityTop, warmthMin, warmthMax } = spec;
  if (families) {
    conditions.push((item) =>
      item.colours.some((c) => c.families.some((family) => families.includes(family))),
    );
  }
  if (spec.coloured) conditions.push((item) => item.colours.length > 0);
  if (spec.patterns) conditions.push((item) => context.hasPattern(item.words));
  const bound = (test: (garment: NonNullable<ReadItem["garment"]>) => boolean) =>
    conditions.push((item) => item.garment !== null && test(item.garment));
  if (formalityMax !== undefined) bound((garment) => garment.formality[1] <= formalityMax);
  if (formalityMin !== undefined) bound((garment) => garment.formality[0] >= formalityMin);
  if (formalityTop !== undefined) bound((garment) => garment.formality[1] >= formalityTop);
  if (warmthMin !== undefined) bound((garment) => garment.warmth[0] >= warmthMin);
  if (warmthMax !== undefined) bound((garment) => garment.warmth[1] <= warmthMax);
  return conditions;
}

function hasTrait(item: ReadItem, traits: readonly string[] | undefined): boolean {
  return traits !== undefined && (item.garment?.traits.some((trait) => traits.includes(trait)) ?? false);
}

function phraseTest(phrases: readonly string[] | undefined): ItemMatcher | null {
  if (!phrases) return null;
  const index: PhraseIndex<true> = createPhraseIndex(phrases.map((phrase) => [phrase, true] as const));
  return (item) => index.findInWords(item.words).length > 0;
}
