import type { Scene, SynthKnowledge, Wish } from "./knowledge.ts";
import type { Chooser } from "./random.ts";

/** Colours a user names in a wish; every one is a colour of the lexicon. */
const NAMED_COLOURS =
  "black white navy blue green emerald olive red burgundy pink blush purple lavender yellow mustard orange terracotta brown beige cream grey teal royal-blue light-blue sage turquoise coral maroon rust charcoal camel dusty-rose forest-green lilac".split(
    " ",
  );

/** Wishes that clothes for one activity can honour. */
const KIT_WISHES = new Set(
  "hate-colour want-colour earth neutral dark bright all-black plus petite tall bag handsfree comfy minimal washable no-leather no-heels no-stripes plain no-jewellery warm hot".split(
    " ",
  ),
);
const SOMBRE_WISHES = new Set(
  "no-heels flats heels walk boots no-open-toe vegan no-leather no-wool no-polyester dark all-black modest long-sleeves no-sleeveless no-short no-skirts no-dress dress trousers skirt suit no-tie tie plain warm hot rain layer plus petite tall pregnant tummy not-tight minimal classic elegant comfy bag no-bag watch no-jewellery no-accessories pockets no-fur".split(
    " ",
  ),
);

export interface PickedWishes {
  readonly wishes: readonly Wish[];
  /** The guidance as the user writes it. */
  readonly text: string;
  /** Completions of "It comes …" that confirm the wishes. */
  readonly notes: readonly string[];
}

/** None to three wishes that fit the scene and each other, with their text. */
export function pickWishes(
  knowledge: SynthKnowledge,
  using: {
    chooser: Chooser;
    scene: Scene;
    level: number;
    warmth: number;
    gender: "women" | "men" | null;
    isKit: boolean;
  },
): PickedWishes {
  const { chooser } = using;
  const count = chooser.weighted([0, 1, 2, 3], (n) => [33, 36, 22, 9][n] ?? 0) ?? 0;
  const wishes: Wish[] = [];
  const texts: string[] = [];
  const notes: string[] = [];
  for (let tries = 0; wishes.length < count && tries < 12; tries++) {
    const wish = chooser.weighted(knowledge.wishes, (candidate) =>
      fits(candidate, { ...using, wishes }) ? candidate.weight : 0,
    );
    if (!wish) break;
    const filled = fillColours(wish, chooser);
    wishes.push(filled.wish);
    texts.push(filled.text);
    notes.push(filled.note);
  }
  return { wishes, text: joinWishes(texts, { ...using, chatter: knowledge.chatter }), notes };
}

function fits(
  wish: Wish,
  by: {
    scene: Scene;
    level: number;
    warmth: number;
    gender: "women" | "men" | null;
    isKit: boolean;
    wishes: readonly Wish[];
  },
): boolean {
  const { scene, level, warmth, gender, isKit, wishes } = by;
  if (level < wish.levels[0] || level > wish.levels[1]) return false;
  if (wish.gender !== "any" && wish.gender !== gender) return false;
  if (wishes.some((other) => contradicts(other, wish))) return false;
  if (isKit && !KIT_WISHES.has(wish.id)) return false;
  if (scene.styles.includes("sombre") && !SOMBRE_WISHES.has(wish.id)) return false;
  const { effects } = wish;
  if (effects.w && Number(effects.w[0]) !== warmth && scene.warmth !== "any") return false;
  if (effects.w && Math.abs(Number(effects.w[0]) - warmth) > 1) return false;
  if (effects.cool && warmth === 0) return false;
  if (effects.warmmax && warmth > 1) return false;
  if (scene.styles.includes("modest") && effects.sleeve?.[0] === "none") return false;
  if (
    scene.styles.includes("business") &&
    level >= 2 &&
    (wish.id === "denim" || wish.id === "oversized" || (wish.id === "sneakers" && level > 2))
  )
    return false;
  if (scene.styles.includes("rainy") && (wish.id === "hot" || wish.id === "no-outer" || effects.shoename))
    return false;
  if ((scene.styles.includes("walking") || scene.styles.includes("outdoor")) && wish.id === "heels")
    return false;
  if (warmth === 2 && wish.id === "no-outer") return false;
  if (gender === null && ["shape", "cover2", "men"].includes(wish.group)) return false;
  return !(level === 4 && ["vegan", "trousers"].includes(wish.id));
}

/** Groups that are one question asked twice, or wishes that cannot both be kept. */
const CLASHES = [
  ["modest", "sleeveless"],
  ["vegan", "silk"],
  ["warm", "sleeveless"],
  ["warm", "linen"],
  ["hot", "boots"],
  ["hot", "velvet"],
  ["hot", "layer"],
  ["hot", "scarf"],
  ["warm", "sunglasses"],
  ["no-accessories", "hat"],
  ["no-accessories", "watch"],
  ["no-accessories", "sunglasses"],
  ["no-accessories", "scarf"],
  ["no-accessories", "belt"],
  ["no-accessories", "tie"],
  ["no-accessories", "hijabi"],
  ["no-accessories", "warm"],
  ["no-accessories", "rain"],
  ["minimal", "hat"],
  ["minimal", "want-floral"],
  ["plain", "bold"],
  ["minimal", "bold"],
  ["classic", "bold"],
  ["denim", "no-denim"],
  ["denim", "dress"],
  ["denim", "no-polyester"],
  ["denim", "skirt"],
  ["denim", "suit"],
  ["denim", "jumpsuit"],
  ["denim", "all-black"],
  ["denim", "tummy"],
  ["denim", "not-tight"],
  ["pockets", "no-denim"],
  ["pockets", "skirt"],
  ["pockets", "suit"],
  ["pregnant", "suit"],
  ["pregnant", "belt"],
  ["pregnant", "denim"],
  ["pregnant", "jumpsuit"],
  ["pregnant", "skirt"],
  ["tummy", "belt"],
  ["not-tight", "belt"],
  ["comfy", "heels"],
  ["layer", "no-outer"],
  ["rain", "no-outer"],
  ["rain", "silk"],
  ["rain", "sneakers"],
  ["rain", "flats"],
  ["rain", "loafers"],
  ["rain", "heels"],
  ["rain", "sporty"],
  ["rain", "walk"],
  ["rain", "linen"],
  ["no-sleeveless", "no-polyester"],
  ["long-sleeves", "hot"],
  ["modest", "pregnant"],
  ["hijabi", "pregnant"],
  ["modest", "want-polka"],
  ["vegan", "washable"],
  ["statement", "no-jewellery"],
  ["romantic", "sneakers"],
  ["comfy", "sporty"],
] as const;

function contradicts(one: Wish, two: Wish): boolean {
  if (one.group === two.group) return true;
  if (one.effects.few && two.group === "extra") return true;
  if (two.effects.few && one.group === "extra") return true;
  if (isColourful(one) && isColourful(two)) return true;
  if (one.effects.shoe && two.effects.shoe) return true;
  if (bansWhatOtherNeeds(one, two) || bansWhatOtherNeeds(two, one)) return true;
  return CLASHES.some(([a, b]) => (one.id === a && two.id === b) || (one.id === b && two.id === a));
}

function isColourful({ effects }: Wish): boolean {
  return ["family", "colour", "nocolour", "mono", "allblack"].some((name) => effects[name]);
}

function bansWhatOtherNeeds(one: Wish, two: Wish): boolean {
  const bans = [
    ...(one.effects.ban ?? []),
    ...(one.effects.bantype ?? []),
    ...(one.effects.noskirt ? ["dress", "skirt"] : []),
  ];
  const needs = ["shoe", "want", "needtype", "acctrait"].flatMap((name) => two.effects[name] ?? []);
  const needsBag = two.effects.bagtrait ? ["bag"] : [];
  const needsPattern = one.effects.plain && two.effects.pat;
  return Boolean(needsPattern) || [...needs, ...needsBag].some((need) => bans.includes(need));
}

function fillColours(wish: Wish, chooser: Chooser): { wish: Wish; text: string; note: string } {
  const [first = "", second = ""] = chooser.sample(NAMED_COLOURS, 2).map((name) => name.replace("-", " "));
  const fill = (text: string) => text.replaceAll("{c}", first).replaceAll("{d}", second);
  const effects = Object.fromEntries(
    Object.entries(wish.effects).map(([name, values]) => [name, values.map(fill)]),
  );
  return {
    wish: { ...wish, effects },
    text: fill(chooser.pick(wish.phrasings)),
    note: fill(chooser.pick(wish.notes)),
  };
}

/** Wishes and, sometimes, chatter that says nothing about clothes, as one text. */
function joinWishes(
  texts: readonly string[],
  using: { chooser: Chooser; chatter: readonly string[] },
): string {
  const { chooser, chatter } = using;
  const parts = [...texts];
  if (chooser.chance(parts.length === 0 ? 0.08 : 0.13)) {
    parts.splice(chooser.int(0, parts.length), 0, chooser.pick(chatter));
  }
  if (parts.length === 0) return "";
  const separator = chooser.pick([", ", ", ", ". ", "; ", " and "]);
  const isSentences = separator === ". ";
  const capital = (text: string) => text.replace(/^./, (letter) => letter.toUpperCase());
  const joined = parts
    .map((part) => (isSentences ? capital(part) : part))
    .join(parts.length > 2 && separator === " and " ? ", " : separator);
  const roll = chooser.between(0, 1);
  if (roll < 0.3) return `${capital(joined)}.`;
  if (roll < 0.6) return capital(joined);
  return roll < 0.8 ? joined.toLowerCase() : joined;
}
