import type { Brief } from "../../style/brief.ts";
import { checkPlan, passesChecks } from "../../style/checks/check-plan.ts";
import type { Brand, Garment } from "../../style/lexicon.ts";
import type { Lexicon } from "../../style/load-lexicon.ts";
import { parseBrief } from "../../style/parse-brief.ts";
import type { ItemType, Outfit, Plan, PlanItem } from "../../style/plan.ts";
import { planSchema } from "../../style/plan.ts";
import { createSeededRandom } from "../../style/seeded-random.ts";
import type { Sample } from "../sample.ts";
import { brandWeight, writeBrands } from "./brand-list.ts";
import { writeBudget } from "./budget-text.ts";
import { type DressRules, readDressRules } from "./dress-rules.ts";
import type { Kit, Scene, SynthKnowledge } from "./knowledge.ts";
import { type OccasionText, writeOccasion } from "./occasion-text.ts";
import { pickPalette } from "./palette.ts";
import { type PickedWishes, pickWishes } from "./pick-wishes.ts";
import { priceItems } from "./price-items.ts";
import { writeProfile } from "./profile.ts";
import { type Chooser, createChooser } from "./random.ts";
import { dressOutfit } from "./wardrobe.ts";
import { writeQuery } from "./write-query.ts";
import { type DressedPiece, writeTexts } from "./write-texts.ts";

export const SYNTH_NAME = "synth-1";

export interface SynthOptions {
  readonly lexicon: Lexicon;
  readonly knowledge: SynthKnowledge;
  readonly seed: string | number;
  /** Called for each draft that a hard check refuses, with the check's name and reason. */
  readonly onRefused?: ((name: string, reason: string, draft: Draft) => void) | undefined;
}

interface Draft {
  readonly input: Sample["input"];
  readonly plan: Plan;
  readonly brief: Brief;
}

export interface Synthesizer {
  /** The nth sample of the seed, whatever was asked before. */
  create(index: number): Sample;
}

/** More drafts than any sample has needed; past them the data files contradict each other. */
const MAX_DRAFTS = 200;

/** Samples whose plans are true to their briefs: each one passes every hard check, guidance included. */
export function createSynthesizer(options: SynthOptions): Synthesizer {
  return {
    create(index) {
      const chooser = createChooser(createSeededRandom(`${SYNTH_NAME}:${options.seed}:${index}`));
      for (let attempt = 0; attempt < MAX_DRAFTS; attempt++) {
        const draft = writeDraft(options, chooser);
        if (draft && isAccepted(draft, options)) return toSample(draft, { index, seed: options.seed });
      }
      throw new Error(`No acceptable sample ${index} of seed ${options.seed} in ${MAX_DRAFTS} drafts.`);
    },
  };
}

interface SceneDraft extends Draft {
  readonly scene: Scene;
  readonly core: string;
  readonly wishes: PickedWishes;
}

function toSample(draft: SceneDraft, by: { index: number; seed: string | number }): Sample {
  const wishes = draft.wishes.wishes.map((wish) => wish.id).sort();
  return {
    id: `${SYNTH_NAME}-${by.seed}-${by.index}`,
    source: "synth",
    input: draft.input,
    output: draft.plan,
    groupKey: [draft.scene.occasion, draft.core, draft.brief.brands.join("+"), wishes.join("+")].join("|"),
  };
}

function isAccepted(draft: SceneDraft, { lexicon, onRefused }: SynthOptions): boolean {
  if (!planSchema.safeParse(draft.plan).success) {
    onRefused?.("schema", "", draft);
    return false;
  }
  const verdicts = checkPlan(draft.plan, draft.brief, lexicon);
  const failed = verdicts.find((verdict) => !verdict.ok);
  if (failed) onRefused?.(failed.name, failed.reason ?? "", draft);
  return passesChecks(verdicts, { withGuidance: true });
}

interface Frame {
  readonly options: SynthOptions;
  readonly chooser: Chooser;
  readonly scene: Scene;
  readonly level: number;
  readonly warmth: number;
  readonly gender: "women" | "men" | null;
  readonly kit: Kit | null;
  readonly occasion: OccasionText;
  readonly wishes: PickedWishes;
  readonly rules: DressRules;
}

function writeDraft(options: SynthOptions, chooser: Chooser): SceneDraft | null {
  const frame = openFrame(options, chooser);
  if (!frame) return null;
  const { lexicon, knowledge } = options;
  const { scene, gender, occasion, wishes } = frame;
  const styles =
    frame.kit && ["indian", "indiandaily", "african"].includes(frame.kit.name)
      ? [...scene.styles, "kit-ethnic"]
      : scene.styles;
  const listed = writeBrands(lexicon.brands, { chooser, fillers: knowledge.fillers, gender, styles });
  const form = {
    preparing_for: occasion.text,
    preferred_brand: listed.text,
    budget: writeBudget(typicalCost(frame.level, listed.tier), chooser).text,
    description: wishes.text,
  };
  const profile = writeProfile(gender, { chooser, fillers: knowledge.fillers });
  const outfits = chooser.chance(0.92) ? 1 : chooser.chance(0.8) ? 2 : 3;
  const brief = parseBrief({ form, profile, outfits }, lexicon);
  const written: Outfit[] = [];
  while (written.length < outfits) {
    const outfit = writeOutfit(frame, { brief, styles });
    if (!outfit || written.some((other) => other.looks === outfit.looks)) return null;
    written.push(outfit);
  }
  return { input: { form, profile }, plan: { outfits: written }, brief, scene, core: occasion.core, wishes };
}

function openFrame(options: SynthOptions, chooser: Chooser): Frame | null {
  const { knowledge } = options;
  const scene = chooser.weighted(knowledge.scenes, ({ weight }) => weight);
  if (!scene) return null;
  const gender = pickGender(scene, chooser);
  const level =
    scene.levels.length > 1 && chooser.chance(0.35) ? (scene.levels[1] ?? 1) : (scene.levels[0] ?? 1);
  const occasion = writeOccasion(scene, { fillers: knowledge.fillers, chooser });
  const kit = pickKit(scene, { ...options, chooser, gender, warmth: occasion.warmth });
  if (kit === null && (scene.kit?.share ?? 0) === 1) return null;
  const isKit = kit !== null;
  const wishes = pickWishes(knowledge, { chooser, scene, level, warmth: occasion.warmth, gender, isKit });
  const warmth = wishes.wishes.reduce(
    (value, wish) => Number(wish.effects.w?.[0] ?? value),
    occasion.warmth as number,
  );
  const rules = readDressRules(scene, wishes.wishes, occasion.isRainy);
  return { options, chooser, scene, level, warmth, gender, kit, occasion, wishes, rules };
}

function pickGender(scene: Scene, chooser: Chooser): "women" | "men" | null {
  if (scene.gender !== "any") return scene.gender;
  return chooser.weighted(["women", "men", null], (gender) =>
    gender === "women" ? 52 : gender === "men" ? 38 : 10,
  );
}

function pickKit(
  scene: Scene,
  by: { knowledge: SynthKnowledge; chooser: Chooser; gender: "women" | "men" | null; warmth: number },
): Kit | null {
  if (!scene.kit || !by.chooser.chance(scene.kit.share)) return null;
  const isHotHike = scene.kit.name === "hike" && by.warmth === 0;
  const isColdHike = scene.kit.name === "hike" && by.warmth === 2;
  const name = isHotHike ? "hikehot" : isColdHike ? "winterhike" : scene.kit.name;
  return by.knowledge.kits.find((kit) => kit.name === name && kit.gender === by.gender) ?? null;
}

/** What an outfit of this formality usually costs in US dollars at this brand tier. */
function typicalCost(level: number, tier: number): number {
  const base = [190, 210, 300, 420, 650][level] ?? 250;
  return base * ([1, 0.7, 1, 2.1, 8][tier] ?? 1);
}

function writeOutfit(frame: Frame, by: { brief: Brief; styles: readonly string[] }): Outfit | null {
  const { chooser, options, rules, level, warmth, gender } = frame;
  const worn = dressOutfit({ ...frame, garments: options.lexicon.garments });
  if (!worn) return null;
  const isWomen = gender === "women";
  const palette = pickPalette(options.knowledge.palettes, {
    ...frame,
    colours: options.lexicon.colours,
    isWomen,
  });
  if (!palette) return null;
  const metals = [
    chooser.pick(
      palette.includes("silver")
        ? ["silver"]
        : palette.includes("gold")
          ? ["gold"]
          : ["gold", "gold", "silver"],
    ),
  ];
  const mainAt = pickMainIndex(worn, frame);
  const secondAt = worn.findIndex(
    (garment, index) => index !== mainAt && ["top", "bottom"].includes(garment.type),
  );
  const pieces = worn.map((garment, index) => ({
    garment,
    ...writeQuery({
      garment,
      chooser,
      rules,
      modifiers: options.knowledge.modifiers,
      palette,
      metals,
      level,
      warmth,
      gender,
      isMain: index === mainAt,
      isSecond: index === secondAt,
    }),
  }));
  const brands = assignBrands(worn, { ...by, frame });
  if (!brands) return null;
  const prices = priceItems({
    garments: worn,
    tiers: brands.map((brand) => brand.tier),
    budget: by.brief.budget,
    chooser,
  });
  const items = pieces.map(
    (piece, index): PlanItem => ({
      query: piece.text,
      key: "",
      type: piece.garment.type,
      min: prices[index]?.min ?? "0",
      max: prices[index]?.max ?? "0",
      brand: brands[index]?.name ?? "",
    }),
  );
  const main = pieces[mainAt];
  const shoes = pieces.find((piece) => piece.garment.type === "shoes");
  if (!main || !shoes) return null;
  const second = pieces[secondAt] ?? shoes;
  return { ...describe(frame, { main, second, shoes, worn }), items: nameKeys(arrange(items, chooser)) };
}

function describe(
  frame: Frame,
  by: { main: DressedPiece; second: DressedPiece; shoes: DressedPiece; worn: readonly Garment[] },
): Pick<Outfit, "looks" | "description"> {
  return writeTexts({
    ...frame,
    ...by,
    texts: frame.options.knowledge.texts,
    notes: frame.wishes.notes,
    isRainy: frame.rules.isRainy,
    hasOuterwear: by.worn.some((garment) => garment.type === "outerwear"),
  });
}

/** The piece the colours and patterns start from: the full-body one, else top or bottom. */
function pickMainIndex(worn: readonly Garment[], { chooser, rules }: Frame): number {
  const full = worn.findIndex((garment) => garment.type === "full-body");
  if (full >= 0) return full;
  const bottom = worn.findIndex((garment) => garment.type === "bottom");
  const top = worn.findIndex((garment) => garment.type === "top");
  const isBottomAsked = rules.want !== null || worn[bottom]?.traits.includes("skirt");
  return bottom >= 0 && (isBottomAsked || chooser.chance(0.4) || top < 0) ? bottom : top;
}

/** Listed brands over the items, each where it sells the type; else brands that suit the scene, two or three. */
function assignBrands(
  worn: readonly Garment[],
  by: { brief: Brief; styles: readonly string[]; frame: Frame },
): { name: string; tier: number }[] | null {
  const { brief, frame } = by;
  const { chooser, options } = frame;
  const known = (name: string) => options.lexicon.brandIndex.get(name);
  const listed = brief.brands.map((name) => ({
    name,
    tier: known(name)?.tier ?? 2,
    types: known(name)?.types ?? null,
  }));
  const pool = listed.length > 0 ? listed : pickOwnBrands(worn, by);
  if (pool.length === 0) return null;
  const used = new Map<string, number>();
  return worn.map((garment) => {
    const selling = pool.filter((brand) => brand.types === null || brand.types.includes(garment.type));
    const options_ = selling.length > 0 ? selling : pool;
    // The least used comes first, so that every listed brand has its share.
    const least = Math.min(...options_.map((brand) => used.get(brand.name) ?? 0));
    const brand = chooser.pick(options_.filter((option) => (used.get(option.name) ?? 0) === least));
    used.set(brand.name, (used.get(brand.name) ?? 0) + 1);
    return { name: brand.name, tier: brand.tier };
  });
}

function pickOwnBrands(
  worn: readonly Garment[],
  by: { brief: Brief; styles: readonly string[]; frame: Frame },
): { name: string; tier: number; types: readonly ItemType[] }[] {
  const { frame, brief } = by;
  const { chooser, gender, options, level } = frame;
  const fits = (brand: Brand) => {
    if (gender === null ? brand.genders.length < 2 : !brand.genders.includes(gender)) return 0;
    if (brand.tier === 4 || (level < 3 && brand.tier > 2 && brief.budget !== null)) return 0;
    if (brand.traits.includes("occasion") && level < 3) return 0;
    const isVegan = frame.rules.effects.has("vegan") || frame.rules.effects.has("sustain");
    const isKind = brand.traits.includes("sustainable") || brand.traits.includes("vegan");
    return brandWeight(brand, by.styles) * (isVegan && isKind ? 4 : 1);
  };
  const complete = options.lexicon.brands.filter((brand) =>
    worn.every((garment) => brand.types.includes(garment.type)),
  );
  const first = chooser.weighted(complete, fits);
  const others = chooser.sample([1, 2], 1)[0] === 1 ? 1 : 2;
  const rest = Array.from({ length: others }, () => chooser.weighted(options.lexicon.brands, fits));
  const picked = [first, ...rest].filter((brand): brand is Brand => brand !== null);
  return [...new Map(picked.map((brand) => [brand.name, brand])).values()];
}

/** Main piece, other clothes, shoes, outerwear, bag, accessories; sometimes outerwear before shoes. */
function arrange(items: readonly PlanItem[], chooser: Chooser): PlanItem[] {
  const order: readonly ItemType[] = chooser.chance(0.6)
    ? ["full-body", "top", "bottom", "shoes", "outerwear", "bag", "accessory"]
    : ["full-body", "top", "bottom", "outerwear", "shoes", "bag", "accessory"];
  return [...items].sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type));
}

function nameKeys(items: readonly PlanItem[]): PlanItem[] {
  const counts = new Map<string, number>();
  return items.map((item) => {
    const count = (counts.get(item.type) ?? 0) + 1;
    counts.set(item.type, count);
    return { ...item, key: count === 1 ? item.type : `${item.type}-${count}` };
  });
}
