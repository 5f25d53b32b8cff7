import { LanguageLimitError } from "./language-limit-error.ts";
import { MATCH_STEP, type PatternGraph } from "./pattern-graph.ts";
import type { Assertion } from "./pattern-syntax.ts";
import { BROKEN, type Promises } from "./promises.ts";

/** What stands on one side of a place in the text. */
export type Side = "edge" | "word" | "other";

interface Place {
  readonly before: Side;
  readonly after: Side;
}

/** A thread that matched and has nothing pending: whatever follows, the text is in the language. */
const MATCHED = MATCH_STEP;

/**
 * A thread is one way through the pattern so far, as a number: the step that comes next and the set of lookaheads
 * that are pending.
 */
export interface Threads {
  readonly start: readonly number[];
  /** Walks through the assertions and lookaheads that hold at the place. */
  pass(threads: readonly number[], place: Place): readonly number[];
  /** For each class, the threads once a character of it is read. */
  advance(threads: readonly number[], isWanted: (column: number) => boolean): readonly (readonly number[])[];
  mayEnd(threads: readonly number[]): boolean;
}

/** Counts work down over a whole pattern, lookaheads included. */
export interface WorkBudget {
  left: number;
}

export function createThreads(options: {
  readonly graph: PatternGraph;
  readonly members: readonly (readonly number[])[];
  readonly classCount: number;
  readonly promises: Promises;
  readonly pickWatcher: (lookahead: number, before: Side) => number;
  readonly budget: WorkBudget;
}): Threads {
  const { graph, members, classCount, promises, pickWatcher, budget } = options;
  const stride = graph.steps.length;
  const hasConditions = graph.steps.some(({ kind }) => kind === "assertion" || kind === "lookahead");
  const everyClass = Array.from({ length: classCount }, (_, column) => column);

  /** Follows splits and, at a known place, conditions. Sorted, each thread once. */
  function follow(threads: readonly number[], place: Place | undefined): readonly number[] {
    const seen = new Set(threads);
    for (const thread of seen) {
      if (--budget.left < 0) throw new LanguageLimitError("the pattern takes too much work");
      const step = graph.steps[thread % stride];
      const pending = thread - (thread % stride);
      if (step?.kind === "split") for (const next of step.next) seen.add(pending + next);
      if (place === undefined) continue;
      if (step?.kind === "assertion" && holds(step.assertion, place)) seen.add(pending + step.next);
      if (step?.kind === "lookahead") {
        const promised = promises.add(pending / stride, pickWatcher(step.lookahead, place.before));
        if (promised !== BROKEN) seen.add(promised * stride + step.next);
      }
    }
    if (seen.has(MATCHED)) return [MATCHED];
    const kinds = [...seen].filter((thread) => graph.steps[thread % stride]?.kind !== "split");
    return kinds.sort((left, right) => left - right);
  }

  function read(thread: number, onClass: (column: number, next: number) => void): void {
    const step = graph.steps[thread % stride];
    const next = step?.kind === "set" ? step.next : MATCH_STEP;
    if (step?.kind !== "set" && step?.kind !== "match") return;
    const pending = Math.floor(thread / stride);
    const columns = step.kind === "set" ? (members[step.set] ?? []) : everyClass;
    for (const column of columns) {
      const promised = promises.advance(pending, column);
      if (promised !== BROKEN) onClass(column, promised * stride + next);
    }
  }

  return {
    start: follow([graph.entry], undefined),
    pass: (threads, place) => (hasConditions ? follow(threads, place) : threads),
    advance(threads, isWanted) {
      const targets: number[][] = Array.from({ length: classCount }, () => []);
      for (const thread of threads) {
        read(thread, (column, next) => {
          if (isWanted(column)) targets[column]?.push(next);
        });
      }
      return targets.map((target) => (target.length === 0 ? target : follow(target, undefined)));
    },
    mayEnd: (threads) =>
      threads.some(
        (thread) =>
          graph.steps[thread % stride]?.kind === "match" && promises.areKept(Math.floor(thread / stride)),
      ),
  };
}

function holds(assertion: Assertion, { before, after }: Place): boolean {
  switch (assertion) {
    case "start":
      return before === "edge";
    case "end":
      return after === "edge";
    case "boundary":
      return (before === "word") !== (after === "word");
    case "no-boundary":
      return (before === "word") === (after === "word");
    default:
      return assertion satisfies never;
  }
}
