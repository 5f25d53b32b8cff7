import type { Garment } from "../../style/lexicon.ts";
import { type DressRules, isWordBanned } from "./dress-rules.ts";
import type { Modifier, ModifierSet } from "./knowledge.ts";
import type { Palette } from "./palette.ts";
import type { Chooser } from "./random.ts";

export interface QueryRequest {
  readonly garment: Garment;
  readonly chooser: Chooser;
  readonly rules: DressRules;
  readonly modifiers: readonly ModifierSet[];
  readonly palette: Palette;
  readonly metals: readonly string[];
  readonly level: number;
  readonly warmth: number;
  readonly gender: "women" | "men" | null;
  /** Carries the outfit's colour, pattern and material wishes. */
  readonly isMain: boolean;
  readonly isSecond: boolean;
}

export interface WrittenQuery {
  readonly text: string;
  readonly colour: string | null;
  readonly material: string | null;
}

const MEN_SHOE_COLOURS = [
  "black",
  "brown",
  "tan",
  "navy",
  "burgundy",
  "cognac",
  "grey",
  "chestnut",
  "chocolate",
  "camel",
  "oxblood",
  "charcoal",
];
const DENIM_COLOURS = [
  "blue",
  "light blue",
  "indigo",
  "black",
  "grey",
  "white",
  "navy",
  "ecru",
  "cream",
  "charcoal",
];
const METALS = ["gold", "silver", "bronze", "copper", "rose gold", "champagne"];
const COLOURLESS = ["tights", "umbrella", "ski goggles", "hiking socks"];

/** A shop search for the garment: colour, then material, pattern or fit, then the noun. */
export function writeQuery(request: QueryRequest): WrittenQuery {
  const { garment, chooser, rules } = request;
  const set = request.modifiers.find((candidate) => candidate.garments.includes(garment.name));
  const pattern = pickPattern(set, request);
  const material = pickMaterial(set, request);
  const fit = pickFit(set, request);
  const colour = renameColour(pickColour(request), request);
  const noun = pickNoun(request);
  const words = compose({ colour, material, pattern, fit, noun }, request);
  const prefix = request.gender !== null && chooser.chance(0.1) ? [`${request.gender}'s`] : [];
  const suffix = rules.effects.has("pockets") && needsPockets(garment) ? ["with pockets"] : [];
  return { text: [...prefix, ...words, ...suffix].join(" "), colour, material };
}

function compose(
  parts: {
    colour: string | null;
    material: string | null;
    pattern: string | null;
    fit: string | null;
    noun: string;
  },
  { chooser, rules, garment, isMain }: QueryRequest,
): string[] {
  const { colour, material, pattern, fit, noun } = parts;
  const isFitForced = fit !== null && isForcedFit(fit, rules);
  const order = chooser.pick([
    [colour, pattern ?? material, noun],
    [colour, material, noun],
    [colour, pattern ?? fit, noun],
    [fit, colour, pattern ?? material, noun],
    [colour, fit, pattern ?? material, noun],
    [colour, pattern, material, noun],
  ]);
  const mustHave = [
    isFitForced ? fit : null,
    isMain || isMaterialForced(rules, garment) ? material : null,
    pattern,
  ];
  const kept = dedupe(order.filter((part) => part !== null));
  const missing = mustHave.filter((part): part is string => part !== null && !kept.includes(part));
  const at = Math.max(0, kept.length - 1);
  const full = dedupe([...kept.slice(0, at), ...missing, noun]);
  if (full.join(" ").split(" ").length >= 3) return full;
  const filler = [fit, material, "classic", "simple"].find(
    (part) => part != null && !full.join(" ").includes(part) && !isWordBanned(part, rules),
  );
  return filler == null ? full : [...full.slice(0, -1), filler, noun];
}

/** No word twice: "denim denim jacket", "leather leather sneakers". */
function dedupe(parts: readonly string[]): string[] {
  const noun = parts.at(-1) ?? "";
  const seen = new Set<string>();
  const kept = parts.slice(0, -1).filter((part) => {
    const words = part.split(/[\s-]/);
    if (words.some((word) => seen.has(word) || noun.split(/[\s-]/).includes(word))) return false;
    for (const word of words) seen.add(word);
    return true;
  });
  return [...kept, noun];
}

function pickNoun({ garment, chooser, rules }: QueryRequest): string {
  const plain = garment.aliases.filter(
    (alias) =>
      alias.split(" ").length >= garment.name.split(" ").length && isPlainAlias(alias, garment, rules),
  );
  return plain.length > 0 && chooser.chance(0.18) ? chooser.pick(plain) : garment.name;
}

/** Aliases that say the same thing in the same number, not another make of it. */
function isPlainAlias(alias: string, garment: Garment, rules: DressRules): boolean {
  const isPlural = (text: string) => text.endsWith("s");
  if (isPlural(alias) !== isPlural(garment.name) || isWordBanned(alias, rules)) return false;
  const known: Readonly<Record<string, readonly string[]>> = {
    trousers: ["pants"],
    "wide-leg trousers": ["wide-leg pants"],
    "tailored trousers": ["suit trousers", "dress pants"],
    sneakers: ["trainers"],
    "crossbody bag": ["cross-body bag"],
    "puffer jacket": ["down jacket", "padded jacket"],
    sweater: ["jumper", "pullover"],
    "trouser suit": ["pantsuit"],
    "evening gown": ["ball gown", "formal gown"],
    "hiking trousers": ["hiking pants", "trekking trousers"],
    "chelsea boots": [],
    clutch: ["envelope clutch", "clutch bag"],
    playsuit: ["romper"],
    saree: ["sari"],
    scarf: [],
  };
  if (alias === "down jacket" && rules.effects.has("vegan")) return false;
  return known[garment.name]?.includes(alias) ?? false;
}

function fitsModifier(modifier: Modifier, { level, warmth, rules }: QueryRequest): boolean {
  if (modifier.levels && !modifier.levels.includes(level)) return false;
  if (modifier.warmth && !modifier.warmth.includes(warmth)) return false;
  return !isWordBanned(modifier.word, rules);
}

function pickFrom(list: readonly Modifier[] | undefined, request: QueryRequest): string | null {
  const fitting = (list ?? []).filter((modifier) => fitsModifier(modifier, request));
  return fitting.length > 0 ? request.chooser.pick(fitting).word : null;
}

function pickPattern(set: ModifierSet | undefined, request: QueryRequest): string | null {
  const { rules, chooser, isMain, isSecond, garment } = request;
  const wanted = rules.effects.get("pat")?.[0];
  if (wanted !== undefined) return isMain || (isSecond && garment.type === "top") ? wanted : null;
  if (rules.effects.has("plain") || rules.effects.has("allblack") || rules.effects.has("mono")) return null;
  if (rules.effects.has("family") || !isMain || !chooser.chance(0.16)) return null;
  return pickFrom(set?.patterns, request);
}

function pickMaterial(set: ModifierSet | undefined, request: QueryRequest): string | null {
  const { rules, chooser, garment, isMain, level } = request;
  const isCloth = ["top", "bottom", "full-body", "outerwear"].includes(garment.type);
  const isLeathery =
    garment.traits.includes("leather") || ["shoes", "bag"].includes(garment.type) || garment.name === "belt";
  const isLeatherFree = rules.effects.has("vegan") || rules.effects.has("noleather");
  const wanted = rules.effects.get("wantmat")?.[0];
  if (wanted !== undefined && isCloth && (isMain || chooser.chance(0.3))) return wanted;
  if (rules.effects.has("sustain") && isCloth && !garment.traits.includes("denim")) {
    return chooser.pick(
      level >= 3
        ? ["recycled", "organic", "lyocell"]
        : ["organic cotton", "recycled", "lyocell", "hemp", "linen", "organic cotton"],
    );
  }
  if (rules.effects.has("natural") && isCloth)
    return chooser.pick(request.warmth === 2 ? ["wool", "cotton"] : ["cotton", "linen", "organic cotton"]);
  if (isLeatherFree && isLeathery && !garment.traits.includes("sneaker")) {
    const isSandal = garment.traits.includes("sandal") || garment.traits.includes("ethnic");
    return chooser.pick(
      isSandal ? ["vegan leather"] : ["vegan leather", "vegan leather", "faux leather", "faux suede"],
    );
  }
  if (isLeatherFree && garment.traits.includes("sneaker") && !garment.traits.includes("sport"))
    return chooser.pick(["vegan leather", "canvas", "recycled"]);
  if (garment.name === "belt" || garment.name === "watch") return pickFrom(set?.materials, request);
  return pickFrom(set?.materials, request);
}

const FORCED_FITS = [
  "plus-size",
  "petite",
  "tall",
  "maternity",
  "long-sleeve",
  "sleeveless",
  "oversized",
  "slim",
  "short-sleeve",
];

function isForcedFit(fit: string, rules: DressRules): boolean {
  return (
    FORCED_FITS.some((word) => fit.includes(word)) ||
    (rules.effects.has("loose") && LOOSE.includes(fit)) ||
    rules.effects.has("comfy")
  );
}

const LOOSE = ["relaxed", "loose", "flowy", "loose-fit", "draped"];

function pickFit(set: ModifierSet | undefined, request: QueryRequest): string | null {
  const { rules, chooser, garment, isMain } = request;
  const isCloth = ["top", "bottom", "full-body", "outerwear"].includes(garment.type);
  const sleeve = pickSleeve(request);
  if (sleeve !== null) return sleeve;
  const wanted = rules.effects.get("fit")?.[0];
  if (wanted !== undefined && isCloth && (isMain || chooser.chance(0.6))) return wanted;
  if (
    rules.isMaternity &&
    !garment.traits.includes("maternity") &&
    ["top", "bottom", "full-body"].includes(garment.type)
  )
    return "maternity";
  if (rules.effects.has("loose") && (isMain || (garment.type === "top" && chooser.chance(0.6))))
    return chooser.pick(
      garment.traits.includes("dress") ? ["flowy", "loose", "relaxed"] : ["relaxed", "loose", "loose-fit"],
    );
  if (rules.effects.has("comfy") && (garment.type === "shoes" || (isMain && chooser.chance(0.5))))
    return chooser.pick(["comfortable", "comfortable", "soft"]);
  return pickFrom(set?.fits, request);
}

/** Sleeves that wishes or modesty ask of tops and dresses. */
function pickSleeve({ rules, garment, chooser, isMain }: QueryRequest): string | null {
  const isSleeved =
    garment.type === "top" || garment.traits.includes("dress") || garment.traits.includes("jumpsuit");
  if (!isSleeved || garment.traits.includes("ethnic") || garment.traits.includes("swim")) return null;
  const hasLong = garment.traits.includes("long-sleeve");
  const wish = rules.effects.get("sleeve")?.[0];
  const isLayered = garment.traits.includes("layer");
  if ((wish === "long" || rules.isModest) && !hasLong && !isLayered) return "long-sleeve";
  if (wish === "long" && hasLong && chooser.chance(0.5) && !garment.name.includes("long-sleeve"))
    return "long-sleeve";
  if (wish === "none" && isMain && !garment.traits.includes("sleeveless")) return "sleeveless";
  if (wish === "none" && garment.type === "top" && !garment.traits.includes("sleeveless"))
    return "sleeveless";
  if (rules.effects.has("sleevesome") && isMain && !hasLong && !garment.traits.includes("short-sleeve"))
    return chooser.pick(["long-sleeve", "short-sleeve"]);
  return null;
}

function needsPockets(garment: Garment): boolean {
  return (
    (garment.type === "bottom" || garment.traits.includes("dress") || garment.traits.includes("jumpsuit")) &&
    !garment.traits.includes("pockets")
  );
}

function isMaterialForced(rules: DressRules, garment: Garment): boolean {
  const isLeathery = garment.traits.includes("leather") || ["shoes", "bag"].includes(garment.type);
  if ((rules.effects.has("vegan") || rules.effects.has("noleather")) && isLeathery) return true;
  return rules.effects.has("sustain") || rules.effects.has("natural");
}

function pickColour(request: QueryRequest): string | null {
  const { garment, palette, chooser, rules, isMain, isSecond } = request;
  const [main, second, leather, accent] = palette;
  const isExact = ["colour", "family", "mono", "allblack"].some((name) => rules.effects.has(name));
  if (COLOURLESS.includes(garment.name) && !isExact) return "black";
  if (garment.traits.includes("jewellery") || garment.traits.includes("watch")) return pickMetal(request);
  if (garment.name === "cufflinks" || garment.name === "tie clip") return pickMetal(request);
  if (isMain) return cloth(main, request);
  if (isSecond)
    return garment.name === "dress shirt" || garment.name === "tuxedo shirt"
      ? shirtColour(request)
      : cloth(second, request);
  if (garment.type === "shoes" || garment.type === "bag" || garment.name === "belt")
    return leatherColour(request);
  if (garment.name === "sunglasses")
    return isExact
      ? leather
      : chooser.pick(["black", "brown", "black"].filter((name) => !isRuledOut(name, rules)));
  if (garment.type === "outerwear") return cloth(chooser.pick([second, main, leather]), request);
  if (garment.name === "dress shirt" || garment.name === "tuxedo shirt") return shirtColour(request);
  return cloth(chooser.pick([accent, main, second]), request);
}

/** Denim blue is for denim and casual clothes only. */
function renameColour(colour: string | null, { garment, level }: QueryRequest): string | null {
  const isCasual = level === 1 && !garment.traits.includes("sport");
  return colour === "denim blue" && !isCasual ? "light blue" : colour;
}

function shirtColour({ palette, rules, chooser }: QueryRequest): string {
  if (["colour", "family", "mono", "allblack", "nocolour"].some((name) => rules.effects.has(name)))
    return palette[1];
  return chooser.pick(["white", "white", "light blue", palette[1]]);
}

function cloth(colour: string, { garment, level, rules, palette }: QueryRequest): string {
  if (garment.traits.includes("denim") && !DENIM_COLOURS.includes(colour)) {
    const isExact = ["colour", "family", "mono", "allblack"].some((name) => rules.effects.has(name));
    if (!isExact)
      return ["blue", "indigo", "black", "grey"].find((name) => !isRuledOut(name, rules)) ?? "white";
  }
  // Metallic cloth is for evenings.
  if (METALS.includes(colour) && level < 3 && !rules.effects.has("colour"))
    return palette.find((name) => !METALS.includes(name)) ?? "white";
  return colour;
}

function isRuledOut(colour: string, rules: DressRules): boolean {
  const banned = rules.effects.get("nocolour") ?? [];
  return banned.some(
    (name) =>
      name === colour || name.endsWith(colour) || colour.endsWith(name) || SAME_HUE[name]?.includes(colour),
  );
}

const SAME_HUE: Readonly<Record<string, readonly string[]>> = {
  navy: ["blue", "indigo"],
  blue: ["indigo", "navy"],
  teal: ["blue", "indigo"],
  turquoise: ["blue", "indigo"],
  charcoal: ["grey"],
  camel: ["brown", "tan"],
  terracotta: ["orange"],
  cream: ["white"],
};

function leatherColour({ garment, palette, gender, chooser, rules, level }: QueryRequest): string {
  const [main, second, leather, accent] = palette;
  const isExact = ["colour", "family", "mono", "allblack"].some((name) => rules.effects.has(name));
  const pool = chooser.chance(0.7) ? leather : chooser.pick([leather, accent, second]);
  if (garment.traits.includes("sport")) return chooser.pick([pool, main, second]);
  const isMens = gender !== "women" && !garment.traits.includes("sneaker");
  if (isMens && !MEN_SHOE_COLOURS.includes(pool) && garment.type === "shoes") {
    if (isExact)
      return MEN_SHOE_COLOURS.includes(main) ? main : MEN_SHOE_COLOURS.includes(second) ? second : leather;
    return ["black", "brown"].find((name) => !isRuledOut(name, rules)) ?? "navy";
  }
  if (METALS.includes(pool) && (level < 2 || garment.traits.includes("boot") || garment.name === "belt")) {
    return ["tan", "black"].find((name) => !isRuledOut(name, rules)) ?? "white";
  }
  return pool;
}

function pickMetal({ rules, metals, chooser, palette }: QueryRequest): string | null {
  const wanted = rules.effects.get("metal")?.[0];
  if (wanted !== undefined) return wanted;
  const family = rules.effects.get("family")?.[0];
  if (rules.effects.has("allblack")) return "black";
  if (rules.effects.has("mono")) return palette[0];
  if (family === "earth") return chooser.pick(["bronze", "copper", "brown"]);
  if (family === "pastel") return "champagne";
  if (family === "neutral") return chooser.pick(["black", "champagne", "white"]);
  if (family === "dark") return chooser.pick(["black", "gunmetal"]);
  const allowed = metals.filter((metal) => !isRuledOut(metal, rules));
  return allowed.length > 0 ? chooser.pick(allowed) : "black";
}
