/** A set of numbers split ever finer: mark members of any blocks, then split each block into its marked and other ones. */
export interface Partition {
  readonly blockOf: Int32Array;
  blockCount(): number;
  countMembers(block: number): number;
  listMembers(block: number): Int32Array;
  mark(member: number): void;
  /** The old block keeps the unmarked members. A block that is marked as a whole stays whole. */
  splitMarked(onSplit: (old: number, created: number) => void): void;
}

export function createPartition(size: number): Partition {
  // The members of a block lie side by side, the marked ones first.
  const members = Int32Array.from({ length: size }, (_, index) => index);
  const places = members.slice();
  const blockOf = new Int32Array(size);
  const starts = [0];
  const ends = [size];
  const markedCounts = [0];
  let touched: number[] = [];

  return {
    blockOf,
    blockCount: () => starts.length,
    countMembers: (block) => (ends[block] ?? 0) - (starts[block] ?? 0),
    listMembers: (block) => members.slice(starts[block], ends[block]),
    mark(member) {
      const block = blockOf[member] ?? 0;
      const marked = markedCounts[block] ?? 0;
      const target = (starts[block] ?? 0) + marked;
      const place = places[member] ?? 0;
      if (place < target) return;
      if (marked === 0) touched.push(block);
      const other = members[target] ?? 0;
      members[target] = member;
      members[place] = other;
      places[member] = target;
      places[other] = place;
      markedCounts[block] = marked + 1;
    },
    splitMarked(onSplit) {
      const blocks = touched;
      touched = [];
      for (const block of blocks) {
        const start = starts[block] ?? 0;
        const middle = start + (markedCounts[block] ?? 0);
        markedCounts[block] = 0;
        if (middle === ends[block]) continue;
        const created = starts.length;
        starts.push(start);
        ends.push(middle);
        markedCounts.push(0);
        starts[block] = middle;
        for (let place = start; place < middle; place++) blockOf[members[place] ?? 0] = created;
        onSplit(block, created);
      }
    },
  };
}
