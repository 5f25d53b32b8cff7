import type { Colour } from "../../style/load-lexicon.ts";
import type { DressRules } from "./dress-rules.ts";
import type { Scene } from "./knowledge.ts";
import type { Chooser } from "./random.ts";

/** Colours of an outfit: [main, second, shoes and bag, accent]. */
export type Palette = readonly [string, string, string, string];

const WHITES = ["white", "ivory", "cream", "off-white", "champagne", "nude"];
const NEUTRAL_REST = [
  "black",
  "white",
  "cream",
  "beige",
  "tan",
  "grey",
  "navy",
  "brown",
  "camel",
  "charcoal",
];
const FAMILY_BLACK = ["black", "black", "black", "black"] as const;

/** Colours that go together and keep the wishes; null when none does. */
export function pickPalette(
  palettes: readonly (readonly string[])[],
  using: {
    chooser: Chooser;
    rules: DressRules;
    scene: Scene;
    colours: readonly Colour[];
    isWomen: boolean;
    level: number;
  },
): Palette | null {
  const { chooser, rules, scene } = using;
  const { effects } = rules;
  const banned = effects.get("nocolour") ?? [];
  const isBanned = (name: string) => banned.some((ban) => isSameHue({ name, ban }, using.colours));
  if (effects.has("allblack")) return FAMILY_BLACK;
  if (effects.has("mono")) return pickMonochrome(using);
  const wanted = effects.get("colour");
  if (wanted) return pairColours(wanted, { ...using, palettes });
  const family = effects.get("family")?.[0] ?? (scene.styles.includes("sombre") ? "dark" : null);
  if (family) return pickFamily(family, { ...using, isBanned });
  const isGuest = scene.styles.includes("guest") && using.isWomen;
  const fitting = palettes.filter(
    (palette) => !palette.some(isBanned) && !(isGuest && WHITES.includes(palette[0] ?? "")),
  );
  if (needsCalm(using) && fitting.some((palette) => isCalm(palette))) {
    return complete(chooser.pick(fitting.filter((palette) => isCalm(palette))), chooser);
  }
  const liked = fitting.filter((palette) =>
    suits(palette[0] ?? "", { family: scene.family, colours: using.colours }),
  );
  return complete(chooser.pick(liked.length > 0 && chooser.chance(0.7) ? liked : fitting), chooser);
}

/** What offices and suits are sold in. */
const CALM =
  "black white grey light-grey charcoal navy light-blue cream ivory beige camel brown tan taupe stone burgundy slate olive midnight-blue chocolate forest-green hunter-green sand khaki dusty-blue slate-blue oatmeal emerald teal plum maroon indigo"
    .split(" ")
    .map((name) => name.replace("-", " "));

function needsCalm({
  chooser,
  scene,
  isWomen,
  level,
}: {
  chooser: Chooser;
  scene: Scene;
  isWomen: boolean;
  level: number;
}): boolean {
  if (scene.styles.includes("business")) return chooser.chance(isWomen ? 0.75 : 0.97);
  if (scene.styles.includes("outdoor")) return chooser.chance(0.5);
  return !isWomen && level >= 2 && chooser.chance(level >= 3 ? 0.95 : 0.6);
}

function isCalm([first = "", second = ""]: readonly string[]): boolean {
  return CALM.includes(first) && CALM.includes(second);
}

function suits(name: string, by: { family: string | null; colours: readonly Colour[] }): boolean {
  const colour = by.colours.find((candidate) => candidate.name === name);
  if (by.family === null || !colour) return by.family === null;
  if (by.family === "festive") return ["red", "green", "gold", "silver"].includes(colour.base);
  return colour.families.includes(by.family) || colour.base === by.family;
}

/** Is a colour the banned one, a shade of it, or the hue it is a shade of? */
function isSameHue(pair: { name: string; ban: string }, colours: readonly Colour[]): boolean {
  const find = (name: string) =>
    colours.find((colour) => colour.name === name || colour.aliases.includes(name));
  const [one, two] = [find(pair.name), find(pair.ban)];
  if (pair.name === pair.ban) return true;
  return one !== undefined && two !== undefined && one.base === two.base;
}

function complete(palette: readonly string[], chooser: Chooser): Palette {
  const [first = "black", second = "white", third = "black", fourth = third] = palette;
  // Main and second change places now and then, so that a pair is seen both ways.
  return NEUTRAL_REST.includes(second) && chooser.chance(0.18)
    ? [second, first, third, fourth]
    : [first, second, third, fourth];
}

function pairColours(
  wanted: readonly string[],
  using: { chooser: Chooser; palettes: readonly (readonly string[])[] },
): Palette {
  const { chooser, palettes } = using;
  const [first = "black", second] = wanted;
  if (second !== undefined)
    return [first, second, chooser.pick(["black", "tan", "brown", second]), chooser.pick([first, second])];
  const known = palettes.filter((palette) => palette[0] === first);
  if (known.length > 0 && chooser.chance(0.7)) return complete2(first, chooser.pick(known));
  const rest = chooser.sample(
    NEUTRAL_REST.filter((name) => name !== first),
    3,
  );
  return complete2(first, [first, ...rest]);
}

function complete2(first: string, palette: readonly string[]): Palette {
  const [, second = "white", third = "black", fourth = third] = palette;
  return [first, second, third, fourth];
}

function pickFamily(
  family: string,
  using: { chooser: Chooser; colours: readonly Colour[]; isBanned: (name: string) => boolean; scene: Scene },
): Palette {
  const sombre = ["black", "charcoal", "navy", "midnight blue", "black", "black"];
  const members = using.colours
    .filter(
      (colour) =>
        colour.families.includes(family) && !colour.families.includes("metallic") && colour.base !== "multi",
    )
    .map((colour) => colour.name)
    .filter((name) => !using.isBanned(name));
  const pool = using.scene.styles.includes("sombre") ? sombre : members;
  const [first = "black", second = first, third = second, fourth = third] = using.chooser.sample(pool, 4);
  const leather = LEATHER_OF[family];
  return [first, second, leather ? using.chooser.pick(leather) : third, fourth];
}

/** Shoes and bags of a family in colours that shops sell. */
const LEATHER_OF: Readonly<Record<string, readonly string[]>> = {
  earth: ["brown", "tan", "camel", "cognac", "chestnut", "chocolate"],
  neutral: ["black", "tan", "beige", "brown", "camel", "taupe", "white"],
  dark: ["black", "black", "navy", "burgundy", "chocolate"],
  pastel: ["ivory", "blush", "champagne", "lilac", "powder blue", "sage"],
};

const MONOCHROME: readonly (readonly [string, string, string, string])[] = [
  ["black", "black", "black", "black"],
  ["beige", "sand", "beige", "stone"],
  ["navy", "light blue", "navy", "blue"],
  ["charcoal", "grey", "charcoal", "grey"],
  ["brown", "chocolate", "brown", "chestnut"],
  ["white", "ivory", "white", "cream"],
  ["burgundy", "maroon", "burgundy", "wine"],
  ["olive", "sage", "olive", "forest green"],
];

function pickMonochrome(using: { chooser: Chooser; scene: Scene; isWomen: boolean }): Palette {
  const isGuest = using.scene.styles.includes("guest") && using.isWomen;
  return using.chooser.pick(MONOCHROME.filter((palette) => !(isGuest && palette[0] === "white")));
}
