import { readGuidance } from "../guidance/read-guidance.ts";
import { judgeRule } from "../rules/rule.ts";
import type { Check } from "./check.ts";

/** What the guidance asks for or rules out, where a rule can tell. */
export const checkGuidance: Check = ({ outfit, brief, lexicon }) => {
  for (const rule of readGuidance(brief, lexicon)) {
    const reason = judgeRule(rule, outfit.items);
    if (reason) return reason;
  }
  return null;
};
