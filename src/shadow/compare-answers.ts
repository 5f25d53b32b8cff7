/**
 * How alike two answers are, 0 to 1. Two JSON texts are compared leaf by leaf at the same path: numbers and flags by
 * equality, texts by their words; a path that only one has counts as unlike. Other texts are compared by their words.
 */
export function compareAnswers(a: string, b: string): number {
  if (a === b) return 1;
  const [leavesOfA, leavesOfB] = [readLeaves(a), readLeaves(b)];
  if (leavesOfA === null || leavesOfB === null) return compareWords(a, b);
  const paths = new Set([...leavesOfA.keys(), ...leavesOfB.keys()]);
  if (paths.size === 0) return 1;
  let sum = 0;
  for (const path of paths) sum += compareLeaves(leavesOfA.get(path), leavesOfB.get(path));
  return sum / paths.size;
}

type Leaf = string | number | boolean | null;

/** Leaves of a JSON object or array by path; null for any other text. */
function readLeaves(text: string): Map<string, Leaf> | null {
  const value = parseJson(text);
  if (typeof value !== "object" || value === null) return null;
  const leaves = new Map<string, Leaf>();
  addLeaves(leaves, { path: "", value });
  return leaves;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is an ordinary answer here: it is compared as text.
    return null;
  }
}

function addLeaves(leaves: Map<string, Leaf>, { path, value }: { path: string; value: unknown }): void {
  if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value))
      addLeaves(leaves, { path: `${path}/${key}`, value: item });
  } else if (
    value === null ||
    typeof value === "string" ||
    typeof value === "number" ||
    typeof value === "boolean"
  ) {
    leaves.set(path, value);
  }
}

function compareLeaves(a: Leaf | undefined, b: Leaf | undefined): number {
  if (a === undefined || b === undefined) return 0;
  // Prices come as "20" from one model and as 20 from another.
  return a === b ? 1 : compareWords(String(a), String(b));
}

/** Jaccard index of the two sets of words, upper and lower case alike. */
function compareWords(a: string, b: string): number {
  const [wordsOfA, wordsOfB] = [readWords(a), readWords(b)];
  const shared = [...wordsOfA].filter((word) => wordsOfB.has(word)).length;
  const all = wordsOfA.size + wordsOfB.size - shared;
  return all === 0 ? 1 : shared / all;
}

function readWords(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
}
