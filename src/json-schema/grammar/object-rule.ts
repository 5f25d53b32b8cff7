import type { Branch } from "../logic/branch.ts";
import type { GrammarContext } from "./grammar-context.ts";
import { createLiteral } from "./grammar-rules.ts";
import {
  createObjectShape,
  listNames,
  nameOpen,
  type ObjectShape,
  type ValueOption,
} from "./object-shape.ts";
import { groupByOrder } from "./property-order.ts";
import { createStateRules, type Member, type StateRules } from "./state-rules.ts";

/**
 * Rules for the objects of all branches of a goal. Properties come in the schema's order, others after them; an
 * optional one may be left out. Branches with a common order share their rules for as long as they are alike, so that
 * alternatives which begin alike do not have to be carried along side by side.
 */
export function addObjectRules(context: GrammarContext, branches: readonly Branch[]): readonly string[] {
  const mentioned = [...new Set(branches.flatMap(listNames))];
  return groupByOrder(branches).flatMap(({ order, members }) => {
    const names = [...new Set([...order, ...mentioned])];
    return addGroup(context, members, names);
  });
}

/** Past this many rules for one object the branches go apart and counts are left to validation. */
const MAX_STATES = 4000;

function addGroup(
  context: GrammarContext,
  branches: readonly Branch[],
  names: readonly string[],
): readonly string[] {
  const shapes = branches.flatMap((branch) => {
    const shape = createObjectShape(context, branch, names);
    return shape === undefined ? [] : [{ branch, shape }];
  });
  const joint = writeObjects(context, {
    shapes: shapes.map(({ shape }) => shape),
    names,
    maxStates: MAX_STATES,
  });
  if (joint !== "too-many") return joint;
  return shapes.flatMap(({ branch, shape }) => {
    context.leaveOpen([...nameOpen(branch, "minProperties"), ...nameOpen(branch, "maxProperties")]);
    const loose = { ...shape, least: 0, most: Number.POSITIVE_INFINITY, some: 0 };
    const alone = writeObjects(context, { shapes: [loose], names, maxStates: Number.POSITIVE_INFINITY });
    return alone === "too-many" ? [] : alone;
  });
}

/** How far one branch has got: properties counted as far as that matters, and which "some …" rules are met. */
interface Progress {
  readonly shape: number;
  readonly count: number;
  readonly met: number;
}

interface Place {
  /** The next name in the order; past the last one, other keys follow. */
  readonly slot: number;
  readonly hasWritten: boolean;
  readonly progress: readonly Progress[];
}

interface ObjectWriting {
  readonly shapes: readonly ObjectShape[];
  readonly keyNames: ReadonlyMap<Language, string>;
  readonly names: readonly string[];
}

function writeObjects(
  context: GrammarContext,
  { shapes, names, maxStates }: Omit<ObjectWriting, "keyNames"> & { readonly maxStates: number },
): readonly string[] | "too-many" {
  const writing: ObjectWriting = { shapes, names, keyNames: nameLanguages(shapes) };
  const start: Place = {
    slot: 0,
    hasWritten: false,
    progress: shapes.map((_, shape) => ({ shape, count: 0, met: 0 })),
  };
  const states: StateRules<Place> = createStateRules<Place>({
    rules: context.rules,
    hint: "members",
    maxStates,
    keyOf: ({ slot, hasWritten, progress }) =>
      `${slot} ${hasWritten} ${progress.map(({ shape, count, met }) => `${shape}:${count}:${met}`).join()}`,
    isAccepting: ({ slot, progress }) =>
      slot === names.length && progress.some((at) => isFinished(shapes, at)),
    listMembers: (place) => listMembers(context, writing, place),
    skip: (place) => skipSlot(writing, place),
  });
  const body = states.add(start);
  if (body === "too-many") return body;
  return body === undefined ? [] : [context.rules.add("object", `"{" ${body} "}"`)];
}

function isFinished(shapes: readonly ObjectShape[], { shape, count, met }: Progress): boolean {
  const { least = 0, some = 0 } = shapes[shape] ?? {};
  return count >= least && met === some;
}

/** The branches that can do without the next name. */
function skipSlot({ shapes, names }: ObjectWriting, place: Place): Place | undefined {
  const name = names[place.slot];
  if (name === undefined) return undefined;
  const progress = place.progress.filter(({ shape }) => !shapes[shape]?.required.has(name));
  return progress.length === 0 ? undefined : { ...place, slot: place.slot + 1, progress };
}

function listMembers(
  context: GrammarContext,
  writing: ObjectWriting,
  place: Place,
): readonly Member<Place>[] {
  const { names, shapes } = writing;
  const name = names[place.slot];
  const groups = new Map<string, { text: () => string; progress: Progress[] }>();
  const note = (key: string, text: () => string, progress: Progress) => {
    const group = groups.get(key) ?? { text, progress: [] };
    group.progress.push(progress);
    groups.set(key, group);
  };
  for (const at of place.progress) {
    const shape = shapes[at.shape];
    if (shape === undefined) continue;
    const keys =
      name !== undefined
        ? [{ key: createLiteral(`${JSON.stringify(name)}:`), id: "", options: shape.slots.get(name) ?? [] }]
        : shape.others.map(({ language, options }) => ({
            key: () => `${context.addText(language)} ":"`,
            id: writing.keyNames.get(language) ?? "",
            options,
          }));
    for (const { key, id, options } of keys) {
      for (const option of options) {
        const next = advance(shape, at, option);
        if (next === undefined) continue;
        const text = () =>
          context.rules.add(
            name ?? "other",
            `${typeof key === "string" ? key : key()} ${context.add(option.goal)}`,
          );
        note(`${id} ${option.goal.key}`, text, next);
      }
    }
  }
  const slot = name === undefined ? place.slot : place.slot + 1;
  return [...groups.values()].map(({ text, progress }) => ({
    text: place.hasWritten ? () => `"," ${text()}` : text,
    next: { slot, hasWritten: true, progress: sortProgress(progress) },
  }));
}

/** Equal sets of keys get the same name, whichever branch they come from. */
function nameLanguages(shapes: readonly ObjectShape[]): ReadonlyMap<Language, string> {
  const names = new Map<Language, string>();
  for (const { language } of shapes.flatMap(({ others }) => others)) {
    const [, name = `keys${names.size}`] =
      [...names].find(([other]) => isSameLanguage(other, language)) ?? [];
    names.set(language, name);
  }
  return names;
}

type Language = ObjectShape["others"][number]["language"];

/** Automata are minimal and numbered alike, so equal languages look equal. */
function isSameLanguage({ automaton: left }: Language, { automaton: right }: Language): boolean {
  if (left === right) return true;
  if (left.stateCount !== right.stateCount || left.classes.length !== right.classes.length) return false;
  if (left.next.some((target, index) => target !== right.next[index])) return false;
  if (left.accepting.some((accepts, index) => accepts !== right.accepting[index])) return false;
  return JSON.stringify(left.classes) === JSON.stringify(right.classes);
}

function advance(shape: ObjectShape, at: Progress, option: ValueOption): Progress | undefined {
  const { least, most, some } = shape;
  if (at.count >= most) return undefined;
  const cap = most === Number.POSITIVE_INFINITY ? least : most;
  return { ...at, count: Math.min(at.count + 1, cap), met: (at.met | option.satisfied) & some };
}

function sortProgress(progress: readonly Progress[]): readonly Progress[] {
  return progress.toSorted(
    (left, right) => left.shape - right.shape || left.count - right.count || left.met - right.met,
  );
}
