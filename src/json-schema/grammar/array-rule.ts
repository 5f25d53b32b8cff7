import type { ArrayPart, Branch, ContainsRule } from "../logic/branch.ts";
import { createGoal, flip, type Goal } from "../logic/goal.ts";
import type { GrammarContext } from "./grammar-context.ts";
import { nameOpen } from "./object-shape.ts";
import { createStateRules, type Member } from "./state-rules.ts";
import { createUniqueRules } from "./unique-items.ts";

/** Rules for the arrays of all branches of a goal; items alike in several branches are written once. */
export function addArrayRules(context: GrammarContext, branches: readonly Branch[]): readonly string[] {
  const parts = branches.map((branch) => prepare(context, branch));
  const isTooLong = parts.some(({ least }) => least > MAX_STATES);
  const joint = isTooLong ? "too-many" : writeArrays(context, parts, MAX_STATES);
  if (joint !== "too-many") return joint;
  return branches.flatMap((branch, index) => {
    context.leaveOpen([
      ...nameOpen(branch, branch.array.isUnique ? "uniqueItems" : "contains"),
      ...nameOpen(branch, "minItems"),
      ...nameOpen(branch, "maxItems"),
    ]);
    const part = parts[index];
    if (part === undefined) return [];
    const most = part.most > MAX_COUNT ? Number.POSITIVE_INFINITY : part.most;
    const loose = { ...part, contains: [], least: Math.min(part.least, MAX_COUNT), most };
    const alone = writeArrays(context, [loose], Number.POSITIVE_INFINITY);
    return alone === "too-many" ? [] : alone;
  });
}

const MAX_STATES = 3000;
const MAX_COUNT = 1000;
const MAX_CONTAINS = 3;

function prepare(context: GrammarContext, branch: Branch): ArrayPart {
  const { array } = branch;
  if (array.contains.length > MAX_CONTAINS) context.leaveOpen(nameOpen(branch, "contains"));
  const capacity = isClosedTuple(context, array) ? array.prefix.length : findCapacity(context, array);
  if (isClosedTuple(context, array)) context.noteClosed(branch.closable);
  const most = Math.min(array.most, capacity);
  const unique = array.isUnique && most > 1 ? createUniqueRules(context, { ...array, most }) : [];
  if (unique === undefined) context.leaveOpen(nameOpen(branch, "uniqueItems"));
  return { ...array, contains: [...array.contains.slice(0, MAX_CONTAINS), ...(unique ?? [])], most };
}

/** By default a list of item schemas that says nothing about further items has none. */
function isClosedTuple({ isClosing }: GrammarContext, { prefix, rest, contains, least }: ArrayPart): boolean {
  return (
    isClosing && prefix.length > 0 && rest.length === 0 && contains.length === 0 && least <= prefix.length
  );
}

/** How many items there can be before one has no possible value. */
function findCapacity(context: GrammarContext, { prefix, rest }: ArrayPart): number {
  const end = prefix.findIndex((literals) => context.isEmpty(createGoal(literals)));
  if (end >= 0) return end;
  return context.isEmpty(createGoal(rest)) ? prefix.length : Number.POSITIVE_INFINITY;
}

/** Items written so far, and how many of them each `contains` has found, both as far as they matter. */
interface Progress {
  readonly part: number;
  readonly count: number;
  readonly found: readonly number[];
}

interface Place {
  readonly hasWritten: boolean;
  readonly progress: readonly Progress[];
}

function writeArrays(
  context: GrammarContext,
  parts: readonly ArrayPart[],
  maxStates: number,
): readonly string[] | "too-many" {
  const start: Place = {
    hasWritten: false,
    progress: parts.map(({ contains }, part) => ({ part, count: 0, found: contains.map(() => 0) })),
  };
  const keyOf = ({ hasWritten, progress }: Place) =>
    `${hasWritten} ${progress.map(({ part, count, found }) => `${part}:${count}:${found.join("/")}`).join()}`;
  const states = createStateRules<Place>({
    rules: context.rules,
    hint: "items",
    maxStates,
    keyOf,
    isAccepting: ({ progress }) => progress.some((at) => isFinished(parts[at.part], at)),
    listMembers: (place) => listMembers(context, parts, place),
    skip: () => undefined,
    tail: (place) => writeTail(context, parts, place),
  });
  const body = states.add(start);
  if (body === "too-many") return body;
  return body === undefined ? [] : [context.rules.add("array", `"[" ${body} "]"`.replace("  ", " "))];
}

/** A single branch that has only like items left to write, without anything to count in them, is a repetition. */
function writeTail(context: GrammarContext, parts: readonly ArrayPart[], place: Place): string | undefined {
  const [at, other] = place.progress;
  const part = at && parts[at.part];
  if (at === undefined || part === undefined || other !== undefined || !place.hasWritten) return undefined;
  const isCounting = part.contains.some(
    ({ least, most }, index) => (at.found[index] ?? 0) < least || most < Number.POSITIVE_INFINITY,
  );
  if (at.count < part.prefix.length || isCounting) return undefined;
  const goal = createGoal(part.rest);
  if (context.isEmpty(goal) || part.most <= at.count) return part.least <= at.count ? "" : undefined;
  const least = Math.max(part.least - at.count, 0);
  const isEndless = part.most === Number.POSITIVE_INFINITY;
  if (!isEndless && part.most > MAX_COUNT) return undefined;
  // A rule of its own: the engine counts the symbols of a repeated group.
  const more = context.rules.add("more", `"," ${context.add(goal)}`);
  return isEndless ? repeatEndlessly(more, least) : `${more}{${least},${part.most - at.count}}`;
}

/** In steps that the engine can repeat. */
function repeatEndlessly(rule: string, least: number): string {
  const steps = Array.from({ length: Math.floor(least / MAX_COUNT) }, () => `${rule}{${MAX_COUNT}}`);
  const rest = least % MAX_COUNT;
  return [...steps, rest === 0 ? `${rule}*` : `${rule}{${rest},}`].join(" ");
}

function isFinished(part: ArrayPart | undefined, { count, found }: Progress): boolean {
  if (part === undefined || count < part.least) return false;
  return part.contains.every(({ least }, index) => (found[index] ?? 0) >= least);
}

function listMembers(
  context: GrammarContext,
  parts: readonly ArrayPart[],
  place: Place,
): readonly Member<Place>[] {
  const groups = new Map<string, { goal: Goal; progress: Progress[] }>();
  for (const at of place.progress) {
    const part = parts[at.part];
    if (part === undefined || at.count >= part.most) continue;
    for (const { goal, found } of listOptions(context, part, at)) {
      const group = groups.get(goal.key) ?? { goal, progress: [] };
      group.progress.push({ ...at, count: Math.min(at.count + 1, findCap(part)), found });
      groups.set(goal.key, group);
    }
  }
  return [...groups.values()].map(({ goal, progress }) => ({
    text: () => (place.hasWritten ? `"," ${context.add(goal)}` : context.add(goal)),
    next: { hasWritten: true, progress },
  }));
}

/** Beyond this many items one more changes nothing. */
function findCap({ prefix, least, most, contains }: ArrayPart): number {
  const bounded = most === Number.POSITIVE_INFINITY ? 0 : most;
  return Math.max(prefix.length, least, bounded, ...contains.map(({ from }) => from));
}

/** The next item split by which `contains` it counts for, where that still matters. */
function listOptions(
  context: GrammarContext,
  { prefix, rest, contains }: ArrayPart,
  { count, found }: Progress,
): readonly ItemOption[] {
  const isPossible = ({ goal }: ItemOption) => !context.isEmpty(goal);
  let options = [{ goal: createGoal(prefix[count] ?? rest), found }].filter(isPossible);
  contains.forEach((rule, index) => {
    if (count < rule.from || isSettled(rule, found[index] ?? 0)) return;
    options = options.flatMap((option) => countFor(option, { rule, index })).filter(isPossible);
  });
  return options;
}

interface ItemOption {
  readonly goal: Goal;
  readonly found: readonly number[];
}

/** The item that does not count for a rule, and the one that does while another may. */
function countFor(
  { goal, found }: ItemOption,
  at: { rule: ContainsRule; index: number },
): readonly ItemOption[] {
  const { rule, index } = at;
  const count = found[index] ?? 0;
  const other = { goal: createGoal([...goal.literals, flip(rule.literal)]), found };
  if (count >= rule.most) return [other];
  return [other, { goal: createGoal([...goal.literals, rule.literal]), found: found.with(index, count + 1) }];
}

function isSettled({ least, most }: ContainsRule, found: number): boolean {
  return most === Number.POSITIVE_INFINITY && found >= least;
}
