import type { Brief } from "./brief.ts";
import { splitWords } from "./text.ts";

const WOMEN = new Set(
  "female woman women f w girl girls lady ladies she her femme frau mujer femenino feminine fem".split(" "),
);
const MEN = new Set(
  "male man men m boy boys gentleman guy he him homme mann hombre masculino masculine masc".split(" "),
);

/** women or men when the profile's gender says one of them and not the other, else unisex. */
export function parseGender(text: string | undefined): Brief["gender"] {
  const words = splitWords(text ?? "").map((word) => word.replace(/'s$/, ""));
  if (words.includes("non") || words.includes("nonbinary") || words.includes("not")) return "unisex";
  const women = words.some((word) => WOMEN.has(word));
  const men = words.some((word) => MEN.has(word));
  if (women === men) return "unisex";
  return women ? "women" : "men";
}
