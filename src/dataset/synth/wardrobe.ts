import type { Garment } from "../../style/lexicon.ts";
import type { ItemType } from "../../style/plan.ts";
import { accessoryKind, accessoryWeight } from "./accessory-weight.ts";
import type { DressRules } from "./dress-rules.ts";
import { isAllowed } from "./dress-rules.ts";
import type { Kit, Scene } from "./knowledge.ts";
import type { Chooser } from "./random.ts";

export interface WardrobeRequest {
  readonly garments: readonly Garment[];
  readonly chooser: Chooser;
  readonly rules: DressRules;
  readonly scene: Scene;
  readonly level: number;
  readonly warmth: number;
  /** null: unknown, then only what either gender wears. */
  readonly gender: "women" | "men" | null;
  readonly kit: Kit | null;
}

/** Traits of garments that are worn for their own occasions only, by kits. */
const RESERVED_TRAITS = ["swim", "sport", "outdoor", "ethnic", "sleep", "bridal", "beach"];
const RESERVED_NAMES = new Set(
  "shoes,boots,bag,accessory,top,jacket,coat,hat,water shoes,dance shoes,clear bag,diaper bag,drawstring bag,swim cap,leg warmers,kilt,slippers,hair vine,wedding dress,bridesmaid dress,prom dress,morning suit,cowboy boots,cowboy hat,rugby shirt,headscarf,bandana,scrunchie,sweatband,flip-flops,duffel bag,wallet,earmuffs,hair bow,maternity top,ring,tube top,work boots,turban,kufi cap,knee socks,straw bag,modest dress,hijab,sports watch,lapel pin,brooch,anklet,dress,over-the-knee boots,gladiator sandals,evening gloves,dinner jacket".split(
    ",",
  ),
);

const OFFICE_BAGS = new Set(["briefcase", "work tote", "messenger bag"]);

/** Garments for one outfit, main pieces first; null when the rules leave none for a slot. */
export function dressOutfit(request: WardrobeRequest): Garment[] | null {
  const worn = request.kit ? dressFromKit(request, request.kit) : dressFreely(request);
  if (!worn || !hasNeeds(worn, request.rules)) return null;
  return worn.length >= 3 && worn.length <= 6 ? worn : null;
}

function dressFromKit(request: WardrobeRequest, kit: Kit): Garment[] | null {
  const { chooser, rules, garments } = request;
  const worn: Garment[] = [];
  for (const slot of kit.slots) {
    const isNeeded = rules.needTypes.includes(slot.type) || (slot.type === "bag" && rules.bagTrait !== null);
    if (!isNeeded && !chooser.chance(rules.isFew && slot.share < 1 ? 0.1 : slot.share)) continue;
    const options = slot.garments
      .flatMap((name) => garments.filter((garment) => garment.name === name))
      .filter(
        (garment) => isAllowed(garment, rules) && fitsShoe(garment, rules) && !isRepeated(garment, worn),
      );
    if (options.length === 0) {
      if (slot.share < 1 || slot.type === "accessory") continue;
      return null;
    }
    worn.push(chooser.pick(options));
  }
  return worn.slice(0, 6);
}

function dressFreely(request: WardrobeRequest): Garment[] | null {
  const main = pickMain(request);
  if (!main) return null;
  const worn = [...main];
  const shoes = pickOne("shoes", request, worn);
  if (!shoes) return null;
  worn.push(shoes);
  return addExtras(worn, request);
}

type Shape = "dress" | "jumpsuit" | "suit" | "set" | "trousers" | "skirt" | "shorts";

function pickMain(request: WardrobeRequest): Garment[] | null {
  const { chooser } = request;
  const shape = pickShape(request);
  if (shape === "trousers" || shape === "skirt" || shape === "shorts") return pickSeparates(request, shape);
  const piece = pickOne(
    "full-body",
    request,
    [],
    (garment) => garment.traits.includes(shape) && !garment.traits.includes("skirt"),
  );
  if (!piece) return null;
  if (shape !== "suit") return [piece];
  return chooser.chance(0.8) || request.gender !== "women" ? addShirt(piece, request) : [piece];
}

function addShirt(suit: Garment, request: WardrobeRequest): Garment[] | null {
  const { gender, level } = request;
  const names =
    gender === "women"
      ? ["blouse", "long-sleeve blouse", "shirt", "camisole", "knit top"]
      : level === 4 && suit.name === "tuxedo"
        ? ["tuxedo shirt"]
        : gender === null
          ? ["shirt"]
          : ["dress shirt"];
  const shirt = pickOne("top", { ...request, level: gender === null ? 2 : level }, [], (garment) =>
    names.includes(garment.name),
  );
  return shirt ? [suit, shirt] : gender === "women" ? [suit] : null;
}

function pickShape(request: WardrobeRequest): Shape {
  const { rules, gender, level, chooser, scene } = request;
  if (rules.want === "dress" || rules.want === "jumpsuit" || rules.want === "suit" || rules.want === "skirt")
    return rules.want;
  if (rules.want === "trousers" && gender === "women" && level === 4) return "jumpsuit";
  if (rules.want !== null) return "trousers";
  return (
    chooser.weighted(SHAPES, (shape) => shapeWeight(shape, { gender, level, scene, rules })) ?? "trousers"
  );
}

const SHAPES: readonly Shape[] = ["dress", "jumpsuit", "suit", "set", "trousers", "skirt", "shorts"];

const SHAPE_WEIGHTS: Readonly<Record<"women" | "men", readonly (readonly number[])[]>> = {
  // Rows are formality 0 to 4, columns as SHAPES.
  women: [
    [10, 2, 0, 0, 60, 0, 20],
    [22, 6, 0, 3, 52, 10, 7],
    [30, 8, 4, 5, 36, 17, 0],
    [58, 10, 6, 2, 12, 12, 0],
    [95, 5, 0, 0, 0, 0, 0],
  ],
  men: [
    [0, 0, 0, 0, 80, 0, 20],
    [0, 0, 0, 0, 88, 0, 12],
    [0, 0, 0, 0, 97, 0, 3],
    [0, 0, 58, 0, 42, 0, 0],
    [0, 0, 80, 0, 20, 0, 0],
  ],
};

function shapeWeight(
  shape: Shape,
  by: { gender: "women" | "men" | null; level: number; scene: Scene; rules: DressRules },
): number {
  const { gender, level, scene, rules } = by;
  const row = SHAPE_WEIGHTS[gender ?? "men"][level] ?? [];
  const weight = row[SHAPES.indexOf(shape)] ?? 0;
  if (
    rules.banTraits.has(shape) ||
    (shape === "skirt" && rules.banTraits.has("dress") && rules.banTraits.has("skirt"))
  )
    return 0;
  if (shape === "shorts" && (scene.warmth !== "hot" || rules.isModest)) return 0;
  if (scene.styles.includes("business") && gender === "women") {
    if (shape === "suit") return level >= 3 ? 40 : 8;
    if (shape === "trousers") return 45;
    if (shape === "dress" || shape === "skirt") return 14;
    if (shape === "set" || shape === "jumpsuit") return 0;
  }
  if (rules.isMaternity && shape !== "dress" && shape !== "trousers") return 0;
  return weight;
}

function pickSeparates(request: WardrobeRequest, shape: "trousers" | "skirt" | "shorts"): Garment[] | null {
  const { level, gender, rules, chooser, warmth } = request;
  const isBottom = (garment: Garment) => {
    if (rules.want === "denim")
      return garment.traits.includes("denim") && garment.traits.includes("trousers");
    if (rules.effects.has("pockets")) return garment.traits.includes("pockets") || shape === "skirt";
    return garment.traits.includes(shape);
  };
  const bottom = pickOne("bottom", request, [], isBottom);
  if (!bottom) return null;
  const isFormalMan = gender !== "women" && level >= 3;
  const shirts = level === 4 ? ["tuxedo shirt"] : ["dress shirt", "oxford shirt"];
  const top = pickOne("top", request, [bottom], (garment) =>
    isFormalMan && gender === "men" ? shirts.includes(garment.name) : !garment.traits.includes("layer"),
  );
  if (!top) return null;
  const worn = [top, bottom];
  const canLayer = level <= 2 && warmth === 2 && chooser.chance(0.15) && top.traits.includes("collar");
  const layer = canLayer
    ? pickOne(
        "top",
        request,
        worn,
        (garment) => garment.traits.includes("layer") && garment.name !== "waistcoat",
      )
    : null;
  if (layer) worn.push(layer);
  const needsBlazer = (isFormalMan && level === 3) || level === 4;
  if (needsBlazer || (level >= 2 && request.scene.styles.includes("business") && chooser.chance(0.7))) {
    const names = level === 4 ? ["dinner jacket"] : ["blazer", "suit jacket", "sport coat"];
    const jacket = pickOne(
      "outerwear",
      { ...request, level: level === 4 ? 4 : Math.min(3, level) },
      worn,
      (garment) => names.includes(garment.name),
      true,
    );
    if (jacket) worn.push(jacket);
    else if (needsBlazer && !rules.banTypes.has("outerwear")) return null;
  }
  return worn;
}

/** One garment of a type that fits scene, rules and what is worn already; null when there is none. */
function pickOne(
  type: ItemType,
  request: WardrobeRequest,
  worn: readonly Garment[],
  isMeant: (garment: Garment) => boolean = () => true,
  isNamed = false,
): Garment | null {
  const options = request.garments.filter(
    (garment) =>
      garment.type === type &&
      isWearable(garment, request, isNamed) &&
      isMeant(garment) &&
      !isRepeated(garment, worn) &&
      goesWith(garment, worn, request),
  );
  return request.chooser.weighted(options, (garment) => commonness(garment, request));
}

function isWearable(garment: Garment, request: WardrobeRequest, isNamed: boolean): boolean {
  const { rules, level, gender, scene } = request;
  if (gender === null ? garment.genders.length < 2 : !garment.genders.includes(gender)) return false;
  if (level < garment.formality[0] || level > garment.formality[1]) return false;
  if (!fitsWarmth(garment, request) || !isAllowed(garment, rules) || !fitsShoe(garment, rules)) return false;
  if (garment.traits.includes("maternity")) return rules.isMaternity;
  if (garment.name === "bridesmaid dress") return scene.occasion === "bridesmaid";
  if (garment.name === "prom dress") return scene.occasion === "prom";
  if (garment.name === "modest dress") return rules.isModest;
  if (garment.name === "hijab") return rules.effects.has("hijab");
  if (rules.isRainy && (garment.name === "rain jacket" || garment.name === "rain boots")) return level <= 2;
  if (!isNamed && RESERVED_NAMES.has(garment.name)) return rules.needNames.includes(garment.name);
  return !garment.traits.some((trait) => RESERVED_TRAITS.includes(trait)) || garment.name === "sneakers";
}

function fitsWarmth(garment: Garment, { warmth, level }: WardrobeRequest): boolean {
  const [low, high] = garment.warmth;
  if (garment.type === "outerwear") return warmth >= low && warmth <= high;
  // Indoors at dressy events people wear lighter clothes under a warm coat.
  const isIndoorPiece = level >= 3 && warmth === 2 && garment.type !== "accessory";
  return (warmth >= low && warmth <= high) || (isIndoorPiece && high >= 1);
}

function fitsShoe(garment: Garment, rules: DressRules): boolean {
  if (garment.type !== "shoes") return true;
  if (rules.shoeName !== null) return garment.name === rules.shoeName;
  if (rules.isRainy)
    return (
      garment.traits.includes("waterproof") || (rules.shoeTrait === null && garment.traits.includes("boot"))
    );
  return rules.shoeTrait === null || garment.traits.includes(rules.shoeTrait);
}

function isRepeated(garment: Garment, worn: readonly Garment[]): boolean {
  if (worn.includes(garment)) return true;
  if (garment.type !== "accessory") return false;
  const kind = accessoryKind(garment);
  return worn.some((other) => other.type === "accessory" && accessoryKind(other) === kind);
}

function goesWith(garment: Garment, worn: readonly Garment[], { rules, warmth }: WardrobeRequest): boolean {
  const isWorn = (test: (other: Garment) => boolean) => worn.some(test);
  const hasSuit = isWorn((other) => other.traits.includes("suit"));
  const hasShirt = isWorn((other) => other.name === "dress shirt" || other.name === "tuxedo shirt");
  const hasFullBody = isWorn((other) => other.type === "full-body");
  if (garment.type === "outerwear") {
    if (hasSuit) return ["overcoat", "trench coat", "wrap coat", "car coat"].includes(garment.name);
    if (isWorn((other) => other.type === "outerwear"))
      return garment.warmth[0] === 2 || garment.name === "trench coat";
    if (isWorn((other) => other.traits.includes("gown")))
      return ["evening wrap", "wrap coat", "cape", "faux fur coat"].includes(garment.name);
    return true;
  }
  if (garment.traits.includes("tie")) {
    const isFormal = isWorn((other) => other.name === "tuxedo" || other.name === "dinner jacket");
    return (
      hasShirt &&
      (garment.name === "bow tie" ? isFormal : !isFormal) &&
      (hasSuit || isWorn((other) => other.type === "outerwear"))
    );
  }
  if (garment.name === "tie clip") return isWorn((other) => other.name === "tie");
  if (garment.name === "cufflinks") return hasShirt;
  if (garment.name === "pocket square")
    return hasSuit || isWorn((other) => other.traits.includes("tailored") && other.type === "outerwear");
  if (garment.name === "suspenders") return isWorn((other) => other.traits.includes("trousers")) && hasShirt;
  if (garment.name === "belt")
    return (
      isWorn((other) => other.type === "bottom" || other.name === "suit") ||
      (rules.needNames.includes("belt") && hasFullBody)
    );
  if (garment.name === "tights")
    return (
      warmth === 2 &&
      isWorn((other) => other.traits.includes("dress") || other.traits.includes("skirt")) &&
      !isWorn((other) => other.traits.includes("open-toe"))
    );
  if (garment.name === "socks")
    return isWorn(
      (other) =>
        other.type === "shoes" &&
        !other.traits.includes("sandal") &&
        other.traits.includes("flat") &&
        other.genders.length === 2,
    );
  if (garment.name === "cummerbund") return isWorn((other) => other.name === "tuxedo");
  return true;
}

function commonness(garment: Garment, request: WardrobeRequest): number {
  const { level, warmth, gender, scene, rules } = request;
  if (garment.type === "accessory") return accessoryWeight(garment, request);
  const isCentre = garment.formality[1] > level && garment.formality[0] === level && level < 3 ? 0.6 : 1;
  let weight = isCentre;
  if (garment.type === "shoes") {
    if (garment.genders.length === 2 && gender === "women" && level >= 2)
      weight *= garment.traits.includes("boot") ? 0.6 : 0.25;
    if (warmth === 2) weight *= garment.warmth[0] >= 1 ? 3 : 0.7;
    if (scene.styles.includes("walking")) weight *= garment.traits.includes("walking") ? 4 : 1;
    if (garment.traits.includes("flat") && rules.shoeTrait === "flat" && garment.traits.includes("sneaker"))
      weight *= 0.3;
    if (garment.traits.includes("waterproof"))
      weight *= rules.isRainy ? 6 : garment.name === "snow boots" ? 1 : 0.06;
    if (garment.traits.includes("boot") && level >= 3 && rules.shoeTrait !== "boot")
      weight *= warmth === 2 ? 0.5 : 0.15;
    if (garment.name === "clogs" || garment.name === "snow boots" || garment.name === "combat boots")
      weight *= 0.4;
  }
  if (garment.type === "outerwear" && rules.isRainy)
    weight *= garment.traits.some((trait) => trait.startsWith("water")) ? 20 : 0.02;
  if (garment.type === "outerwear" && garment.name === "gilet") weight *= 0.3;
  if (garment.traits.includes("leather") && garment.type !== "shoes")
    weight *= garment.type === "bottom" ? 0.12 : 0.35;
  if (garment.type === "outerwear" && garment.traits.includes("waterproof") && !rules.isRainy) weight *= 0.15;
  if (OFFICE_BAGS.has(garment.name) && !scene.styles.includes("business"))
    weight *= garment.name === "messenger bag" && level <= 2 && gender !== "women" ? 0.7 : 0.03;
  if (
    garment.name === "waistcoat" ||
    garment.name === "boiler suit" ||
    garment.name === "dungarees" ||
    garment.name === "capri pants"
  )
    weight *= 0.3;
  if (rules.isMaternity)
    weight *= garment.traits.includes("maternity") ? 8 : garment.type === "top" ? 0.4 : 1;
  if (garment.name === "bridesmaid dress" || garment.name === "prom dress") weight *= 8;
  return weight;
}

function addExtras(worn: Garment[], request: WardrobeRequest): Garment[] | null {
  const { chooser, rules } = request;
  const count = rules.isFew
    ? chooser.pick([3, 4])
    : (chooser.weighted([3, 4, 5, 6], (n) => [8, 40, 40, 12][n - 3] ?? 0) ?? 4);
  for (const name of rules.needNames) {
    const named = pickOne(
      typeOf(name, request),
      { ...request, warmth: request.warmth },
      worn,
      (garment) => garment.name === name,
      true,
    );
    if (!named) return null;
    worn.push(named);
  }
  if (
    rules.effects.has("hijab") &&
    !pushOne(worn, "accessory", request, (garment) => garment.name === "hijab")
  )
    return null;
  for (const type of rules.needTypes) {
    if (worn.some((garment) => garment.type === type)) continue;
    if (!pushOne(worn, type, request)) return null;
  }
  if (
    rules.bagTrait !== null &&
    !pushOne(worn, "bag", request, (garment) => garment.traits.includes(rules.bagTrait ?? ""))
  )
    return null;
  if (
    rules.accessoryTrait !== null &&
    !pushOne(worn, "accessory", request, (garment) => garment.traits.includes(rules.accessoryTrait ?? ""))
  )
    return null;
  if (worn.length < 6 && chooser.chance(outerwearShare(request, worn))) pushOne(worn, "outerwear", request);
  if (
    request.gender === "men" &&
    request.level >= 3 &&
    worn.length < 6 &&
    chooser.chance(request.level === 4 ? 0.95 : 0.65)
  ) {
    pushOne(worn, "accessory", request, (garment) => garment.traits.includes("tie"));
  }
  while (worn.length < count) {
    const wantsBag = !worn.some((garment) => garment.type === "bag") && chooser.chance(bagShare(request));
    if (!pushOne(worn, wantsBag ? "bag" : "accessory", request) && !wantsBag) {
      if (!pushOne(worn, "bag", request)) break;
      const bags = worn.filter((garment) => garment.type === "bag");
      if (bags.length > 1) {
        worn.pop();
        break;
      }
    }
  }
  return worn;
}

function pushOne(
  worn: Garment[],
  type: ItemType,
  request: WardrobeRequest,
  isMeant: (garment: Garment) => boolean = () => true,
): boolean {
  const garment = pickOne(type, request, worn, isMeant);
  if (garment) worn.push(garment);
  return garment !== null;
}

function typeOf(name: string, { garments }: WardrobeRequest): ItemType {
  return garments.find((garment) => garment.name === name)?.type ?? "accessory";
}

function outerwearShare({ warmth, level, rules, scene }: WardrobeRequest, worn: readonly Garment[]): number {
  if (worn.some((garment) => garment.type === "outerwear")) return warmth === 2 ? 0.5 : 0;
  if (rules.banTypes.has("outerwear")) return 0;
  if (rules.isRainy) return 1;
  if (warmth === 2) return rules.effects.has("w") || scene.setting === "out" ? 1 : 0.9;
  if (warmth === 1) return level >= 3 ? 0.22 : 0.5;
  return level === 2 ? 0.12 : 0.04;
}

function bagShare({ gender, level }: WardrobeRequest): number {
  if (gender === "women") return 0.72;
  return level <= 2 ? 0.3 : 0.08;
}

function hasNeeds(worn: readonly Garment[], rules: DressRules): boolean {
  const types = worn.map((garment) => garment.type);
  if (rules.needTypes.some((type) => !types.includes(type))) return false;
  if (rules.needNames.some((name) => !worn.some((garment) => garment.name === name))) return false;
  if (
    rules.bagTrait !== null &&
    !worn.some((garment) => garment.type === "bag" && garment.traits.includes(rules.bagTrait ?? ""))
  )
    return false;
  return (
    types.filter((type) => type === "bag").length <= 1 &&
    types.filter((type) => type === "outerwear").length <= 2
  );
}
