import { createHash } from "node:crypto";
import { hashInput } from "./hash.ts";
import type { Sample } from "./sample.ts";

export type Side = "train" | "valid";

/** Everything that ties a sample to others. Two samples that share a key are never on different sides. */
export function listGroupKeys(sample: Sample): string[] {
  const keys = [`input:${hashInput(sample.input)}`];
  if (sample.groupKey !== undefined) keys.push(`group:${sample.groupKey}`);
  if (sample.userHash !== undefined) keys.push(`user:${sample.userHash}`);
  if (sample.inferenceId !== undefined) keys.push(`inference:${sample.inferenceId}`);
  return keys;
}

export interface Grouping {
  /** Adds the next sample by its keys (at least one). */
  add(keys: readonly string[]): void;
  /** Groups so far. */
  count(): number;
  /** Name of the group of the nth added sample: its smallest key, whatever the order of adding. */
  groupOf(index: number): string;
}

/** Union-find over keys: samples that share a key, directly or through others, are one group. */
export function createGrouping(): Grouping {
  const nodes = new Map<string, number>();
  const parents: number[] = [];
  const names: string[] = [];
  const samples: number[] = [];

  function find(node: number): number {
    let root = node;
    while (parents[root] !== undefined && parents[root] !== root) root = parents[root] ?? root;
    // Path compression: later look-ups go straight to the root.
    for (let at = node; at !== root; ) {
      const next = parents[at] ?? root;
      parents[at] = root;
      at = next;
    }
    return root;
  }

  function nodeOf(key: string): number {
    const known = nodes.get(key);
    if (known !== undefined) return find(known);
    const node = parents.length;
    nodes.set(key, node);
    parents.push(node);
    names.push(key);
    return node;
  }

  function join(one: number, two: number): number {
    const [first, second] = [find(one), find(two)];
    if (first === second) return first;
    // The smaller name becomes the root, so a group is called the same in whatever order its samples came.
    const [root, child] = (names[first] ?? "") < (names[second] ?? "") ? [first, second] : [second, first];
    parents[child] = root;
    return root;
  }

  return {
    add(keys) {
      const [first = "", ...rest] = keys;
      samples.push(rest.reduce((group, key) => join(group, nodeOf(key)), nodeOf(first)));
    },
    count: () => new Set(samples.map(find)).size,
    groupOf: (index) => names[find(samples[index] ?? -1)] ?? "",
  };
}

export interface SplitOptions {
  /** Another salt, another split. */
  readonly salt: string;
  /** Expected share of groups in `valid`, in thousandths. */
  readonly validPermille: number;
}

/** The side of a group: the first 48 bits of `sha256(salt, group)`, mod 1000, against the share. */
export function pickSide(group: string, { salt, validPermille }: SplitOptions): Side {
  const digest = createHash("sha256").update(`${salt}\n${group}`).digest();
  return digest.readUIntBE(0, 6) % 1000 < validPermille ? "valid" : "train";
}

export interface LeakFinder {
  add(sample: Sample, side: Side): void;
  /** Number of keys seen on both sides, by kind: "input", "group", "user", "inference". Empty when nothing leaks. */
  read(): Readonly<Record<string, number>>;
}

/** Looks for ties between the sides in what was written, without asking how it was split. */
export function createLeakFinder(): LeakFinder {
  const sides = new Map<string, Side | "both">();
  return {
    add(sample, side) {
      for (const key of listGroupKeys(sample)) {
        const seen = sides.get(key);
        sides.set(key, seen === undefined || seen === side ? side : "both");
      }
    },
    read() {
      const leaks: Record<string, number> = {};
      for (const [key, side] of sides) {
        const kind = key.slice(0, key.indexOf(":"));
        if (side === "both") leaks[kind] = (leaks[kind] ?? 0) + 1;
      }
      return leaks;
    },
  };
}
