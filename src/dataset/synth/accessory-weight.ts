import type { Garment } from "../../style/lexicon.ts";
import type { DressRules } from "./dress-rules.ts";
import type { Scene } from "./knowledge.ts";

const BASE: Readonly<Record<string, number>> = {
  watch: 3,
  belt: 3,
  sunglasses: 3,
  "pendant necklace": 2.4,
  necklace: 1.2,
  "stud earrings": 2,
  "hoop earrings": 2,
  "drop earrings": 2,
  earrings: 1,
  "statement earrings": 1.4,
  bracelet: 1.6,
  tie: 4,
  "knit tie": 1,
  "bow tie": 5,
  "pocket square": 2.4,
  cufflinks: 2.4,
  "tie clip": 1,
  cummerbund: 1,
  suspenders: 0.4,
  scarf: 2,
  "wool scarf": 4,
  gloves: 2.2,
  "leather gloves": 1.4,
  beanie: 2.2,
  tights: 1.6,
  umbrella: 8,
  fascinator: 1,
  socks: 0.5,
  "baseball cap": 1.4,
  "bucket hat": 1,
  "sun hat": 2,
  "straw hat": 2,
  "silk scarf": 1.4,
  headband: 0.4,
  "hair clip": 0.6,
  choker: 0.3,
};

/** Accessories of one kind replace each other: one hat, one pair of earrings, one scarf. */
export function accessoryKind(garment: Garment): string {
  if (garment.traits.includes("hat")) return "hat";
  if (garment.traits.includes("tie")) return "tie";
  if (
    ["shawl", "pashmina", "dupatta", "scarf", "wool scarf", "silk scarf", "neck gaiter"].includes(
      garment.name,
    )
  )
    return "scarf";
  if (garment.name === "choker" || garment.name === "jewellery set") return "necklace";
  if (garment.name === "gloves" || garment.name === "mittens") return "gloves";
  return garment.name.split(" ").at(-1) ?? garment.name;
}

/** How likely an accessory is in this weather and company; 0 where it would be out of place. */
export function accessoryWeight(
  garment: Garment,
  by: { scene: Scene; level: number; warmth: number; rules: DressRules; gender: "women" | "men" | null },
): number {
  const { scene, level, warmth, rules } = by;
  const isOut = scene.setting === "out" || scene.styles.includes("walking");
  const isMenJewellery =
    by.gender !== "women" && garment.traits.includes("jewellery") && garment.name !== "cufflinks";
  const base = (BASE[garment.name] ?? 0.7) * (isMenJewellery ? 0.02 : 1);
  if (garment.name === "umbrella") return rules.isRainy ? base : 0;
  if (garment.name === "sunglasses") {
    if (rules.needNames.includes("sunglasses")) return base;
    return isOut && warmth <= 1 && !rules.isRainy ? base * (warmth === 0 ? 2 : 1) : 0;
  }
  if (garment.traits.includes("hat") && rules.accessoryTrait !== "hat") {
    if (garment.name === "fascinator")
      return scene.occasion === "horse races" ? 8 : scene.styles.includes("guest") ? 0.5 : 0;
    if (level >= 3 || scene.styles.includes("smart") || !isOut) return 0;
  }
  if (garment.traits.includes("warm") && warmth < 2 && garment.type === "accessory")
    return level >= 3 && warmth === 1 ? 0.4 : 0.3;
  if (rules.isFew && garment.traits.includes("jewellery")) return base * 0.5;
  return base;
}
