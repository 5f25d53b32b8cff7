import { ALL_CODE_POINTS, appendRange, type CodePointSet } from "./code-points.ts";
import { LanguageLimitError } from "./language-limit-error.ts";

export interface Alphabet {
  /** Disjoint classes of characters that together are all characters. */
  readonly classes: readonly CodePointSet[];
  /** For each given set, the classes it consists of. */
  readonly members: readonly (readonly number[])[];
}

const MAX_WORK = 400_000;

/** The coarsest classes that never tear a given set: an automaton then needs one column per class, not per character. */
export function createAlphabet(sets: readonly CodePointSet[]): Alphabet {
  const edges = listEdges([ALL_CODE_POINTS, ...sets]);
  const active = new Set<number>();
  const numbers = new Map<string, number>();
  const classes: number[][] = [];
  const members: number[][] = sets.map(() => []);
  let work = 0;
  let index = 0;
  while (index < edges.length) {
    const first = edges[index]?.at ?? 0;
    for (; edges[index]?.at === first; index++) {
      const { set = 0, isStart = false } = edges[index] ?? {};
      if (isStart) active.add(set);
      else active.delete(set);
    }
    if (!active.has(0)) continue;
    work += active.size;
    if (work > MAX_WORK) throw new LanguageLimitError("too many character classes");
    const last = (edges[index]?.at ?? 0) - 1;
    const key = [...active].sort((left, right) => left - right).join();
    const known = numbers.get(key);
    if (known === undefined) {
      for (const set of active) if (set > 0) members[set - 1]?.push(classes.length);
      numbers.set(key, classes.length);
      classes.push([first, last]);
    } else appendRange(classes[known] ?? [], { first, last });
  }
  return { classes, members };
}

interface Edge {
  readonly at: number;
  readonly set: number;
  readonly isStart: boolean;
}

function listEdges(sets: readonly CodePointSet[]): Edge[] {
  const edges: Edge[] = [];
  sets.forEach((bounds, set) => {
    bounds.forEach((bound, index) => {
      const isStart = index % 2 === 0;
      edges.push({ at: isStart ? bound : bound + 1, set, isStart });
    });
  });
  return edges.sort((left, right) => left.at - right.at);
}
