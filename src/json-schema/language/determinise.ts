import { createAlphabet } from "./alphabet.ts";
import { type Automaton, createAutomatonBuilder, NO_STATE } from "./automaton.ts";
import { hasCodePoint } from "./code-points.ts";
import { minimise } from "./minimise.ts";
import { WORD_CHARACTERS } from "./pattern-class.ts";
import { createPatternGraph, type Lookahead } from "./pattern-graph.ts";
import type { PatternNode } from "./pattern-syntax.ts";
import { createPromises, type Watcher } from "./promises.ts";
import { createThreads, type Side, type Threads, type WorkBudget } from "./threads.ts";

const MAX_WORK = 600_000;
const SIDES: readonly Side[] = ["edge", "word", "other"];

/** The automaton of the texts that begin with a match of the pattern. */
export function determinise(pattern: PatternNode): Automaton {
  return createDeterminiser({ left: MAX_WORK })(pattern, "edge");
}

type Determiniser = (pattern: PatternNode, before: Side) => Automaton;

/** Lookaheads become automata of their own, each once for what may stand before it. */
function createDeterminiser(budget: WorkBudget): Determiniser {
  const known = new Map<PatternNode, Map<Side, Automaton>>();
  return function determinisePart(pattern, before) {
    const bySide = known.get(pattern) ?? new Map<Side, Automaton>();
    known.set(pattern, bySide);
    const automaton = bySide.get(before) ?? build(pattern, { before, budget, determinisePart });
    bySide.set(before, automaton);
    return automaton;
  };
}

interface BuildOptions {
  readonly before: Side;
  readonly budget: WorkBudget;
  readonly determinisePart: Determiniser;
}

/** Subset construction: a state is the set of threads that are alive, and what kind of character was read last. */
function build(pattern: PatternNode, { before, budget, determinisePart }: BuildOptions): Automaton {
  const graph = createPatternGraph(pattern);
  const watchers = graph.lookaheads.flatMap((lookahead) => createWatchers(lookahead, determinisePart));
  const hasBoundary = graph.hasBoundary || graph.lookaheads.length > 0;
  const { classes, members } = createAlphabet([
    ...graph.sets,
    ...(hasBoundary ? [WORD_CHARACTERS] : []),
    ...watchers.flatMap(({ automaton }) => automaton.classes),
  ]);
  const threads = createThreads({
    graph,
    members,
    classCount: classes.length,
    promises: createPromises(watchers, classes),
    pickWatcher: (lookahead, side) => lookahead * SIDES.length + SIDES.indexOf(side),
    budget,
  });
  const sides = classes.map(
    ([code = 0]): Side => (hasBoundary && hasCodePoint(WORD_CHARACTERS, code) ? "word" : "other"),
  );
  const builder = createAutomatonBuilder(classes);
  const states = createStates();
  states.number(threads.start, before);
  for (const state of states.list) {
    const targets = advance(threads, state, sides);
    builder.addState(
      targets.map((target, column) => states.number(target, sides[column] ?? "other")),
      threads.mayEnd(threads.pass(state.threads, { before: state.before, after: "edge" })),
    );
  }
  return minimise(builder.build());
}

function createWatchers({ part, isNegative }: Lookahead, determinisePart: Determiniser): Watcher[] {
  return SIDES.map((side) => ({ automaton: determinisePart(part, side), isNegative }));
}

interface State {
  readonly threads: readonly number[];
  readonly before: Side;
}

function createStates() {
  const list: State[] = [];
  const numbers = new Map<string, number>();
  return {
    list,
    number(threads: readonly number[], before: Side): number {
      if (threads.length === 0) return NO_STATE;
      const key = `${before} ${threads.join()}`;
      const number = numbers.get(key) ?? list.push({ threads, before }) - 1;
      numbers.set(key, number);
      return number;
    },
  };
}

function advance(threads: Threads, state: State, sides: readonly Side[]): readonly (readonly number[])[] {
  const pass = (after: Side) => threads.pass(state.threads, { before: state.before, after });
  const others = pass("other");
  if (!sides.includes("word")) return threads.advance(others, () => true);
  const afterWord = threads.advance(pass("word"), (column) => sides[column] === "word");
  const afterOther = threads.advance(others, (column) => sides[column] === "other");
  return sides.map((side, column) => (side === "word" ? afterWord : afterOther)[column] ?? []);
}
