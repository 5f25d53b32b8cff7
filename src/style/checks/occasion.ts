import { readOccasion } from "../read-occasion.ts";
import { judgeRule } from "../rules/rule.ts";
import type { Check } from "./check.ts";

/** The outfit keeps the dress codes of the occasion; what the guidance asks for by name is excused. */
export const checkOccasion: Check = ({ outfit, brief, lexicon }) => {
  const { rules, isWished } = readOccasion(brief, lexicon);
  const judged = outfit.items.filter((item) => !isWished(item));
  for (const rule of rules) {
    const forbidden = judgeRule({ ...rule, demands: [] }, judged);
    const missing = judgeRule({ ...rule, forbids: () => false }, outfit.items);
    const reason = forbidden ?? missing;
    if (reason) return reason;
  }
  return null;
};
