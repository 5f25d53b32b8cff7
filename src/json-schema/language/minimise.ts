import { type Automaton, allowSizeOf, createAutomatonBuilder, getRow, NO_STATE } from "./automaton.ts";
import { type CodePointSet, uniteSets } from "./code-points.ts";
import { createPartition } from "./partition.ts";

/**
 * The smallest automaton of the same language (Hopcroft 1971), its states numbered breadth-first and its classes
 * joined where no state tells them apart: equal languages become equal automata.
 */
export function minimise(automaton: Automaton): Automaton {
  const blockOf = refine(automaton);
  const dead = blockOf[automaton.stateCount];
  const representative = new Map<number, number>();
  for (let state = 0; state < automaton.stateCount; state++) {
    const block = blockOf[state] ?? 0;
    if (!representative.has(block)) representative.set(block, state);
  }
  const width = automaton.classes.length;
  const numbers = new Map<number, number>([[blockOf[0] ?? 0, 0]]);
  const order = [blockOf[0] ?? 0];
  const builder = createAutomatonBuilder(automaton.classes, allowSizeOf(automaton));
  for (let index = 0; index < order.length; index++) {
    const state = representative.get(order[index] ?? 0) ?? 0;
    const row = new Int32Array(width).fill(NO_STATE);
    getRow(automaton, state).forEach((target, column) => {
      const block = blockOf[target === NO_STATE ? automaton.stateCount : target] ?? 0;
      if (block === dead) return;
      if (!numbers.has(block)) {
        numbers.set(block, order.length);
        order.push(block);
      }
      row[column] = numbers.get(block) ?? NO_STATE;
    });
    builder.addState(row, automaton.accepting[state] === 1);
  }
  return joinClasses(builder.build());
}

/** For each state, and last for the state that stands for "no state", the block of states it is equal to. */
function refine(automaton: Automaton): Int32Array {
  const { stateCount, accepting } = automaton;
  const width = automaton.classes.length;
  const predecessors = listPredecessors(automaton);
  const partition = createPartition(stateCount + 1);
  for (let state = 0; state < stateCount; state++) if (accepting[state] === 1) partition.mark(state);
  partition.splitMarked(() => {});
  const waiting = partition.blockCount() === 2 ? [0, 1] : [0];
  const isWaiting = new Set(waiting);
  for (let block = waiting.pop(); block !== undefined; block = waiting.pop()) {
    isWaiting.delete(block);
    const members = partition.listMembers(block);
    for (let column = 0; column < width; column++) {
      for (const member of members) {
        const cell = member * width + column;
        const end = predecessors.offsets[cell + 1] ?? 0;
        for (let index = predecessors.offsets[cell] ?? 0; index < end; index++) {
          partition.mark(predecessors.sources[index] ?? 0);
        }
      }
      partition.splitMarked((old, created) => {
        const isOldSmaller = partition.countMembers(old) < partition.countMembers(created);
        const added = isWaiting.has(old) || !isOldSmaller ? created : old;
        isWaiting.add(added);
        waiting.push(added);
      });
    }
  }
  return partition.blockOf;
}

/** The states before each (state, class), packed: those of cell `c` lie in `sources` from `offsets[c]` to `offsets[c + 1]`. */
function listPredecessors(automaton: Automaton) {
  const width = automaton.classes.length;
  const cellCount = (automaton.stateCount + 1) * width;
  const offsets = new Int32Array(cellCount + 1);
  const cells = new Int32Array(cellCount);
  for (let from = 0; from < cellCount; from++) {
    const target = automaton.next[from] ?? NO_STATE;
    const cell = (target === NO_STATE ? automaton.stateCount : target) * width + (from % width);
    cells[from] = cell;
    offsets[cell + 1] = (offsets[cell + 1] ?? 0) + 1;
  }
  for (let cell = 0; cell < cellCount; cell++)
    offsets[cell + 1] = (offsets[cell + 1] ?? 0) + (offsets[cell] ?? 0);
  const free = offsets.slice();
  const sources = new Int32Array(cellCount);
  for (let from = 0; from < cellCount; from++) {
    const cell = cells[from] ?? 0;
    const slot = free[cell] ?? 0;
    free[cell] = slot + 1;
    sources[slot] = Math.floor(from / width);
  }
  return { offsets, sources };
}

/** The same automaton with one class for all characters that no state tells apart. */
export function joinClasses(automaton: Automaton): Automaton {
  const width = automaton.classes.length;
  const groups = groupColumns(automaton);
  if (groups.length === width) return automaton;
  const classes: CodePointSet[] = groups.map((columns) =>
    uniteSets(columns.map((column) => automaton.classes[column] ?? [])),
  );
  const builder = createAutomatonBuilder(classes, allowSizeOf(automaton));
  for (let state = 0; state < automaton.stateCount; state++) {
    const row = getRow(automaton, state);
    builder.addState(
      groups.map(([column = 0]) => row[column] ?? NO_STATE),
      automaton.accepting[state] === 1,
    );
  }
  return builder.build();
}

/** Columns that hold the same target in every state, refined one state after the other. */
function groupColumns(automaton: Automaton): number[][] {
  let groups = [automaton.classes.map((_set, column) => column)];
  for (let state = 0; state < automaton.stateCount && groups.length < automaton.classes.length; state++) {
    const row = getRow(automaton, state);
    groups = groups.flatMap((columns) => {
      const [first = 0] = columns;
      if (columns.every((column) => row[column] === row[first])) return [columns];
      return [...Map.groupBy(columns, (column) => row[column]).values()];
    });
  }
  return groups.sort(([left = 0], [right = 0]) => left - right);
}
