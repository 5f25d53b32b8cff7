import type { Brief } from "../brief.ts";
import type { Lexicon } from "../load-lexicon.ts";
import { type CheckVerdict, checkPlan, failAll } from "./check-plan.ts";

/** Judges an answer's text: `json` first (the text as it stands must parse), then everything of `checkPlan`. */
export function checkAnswer(text: string, brief: Brief, lexicon: Lexicon): CheckVerdict[] {
  let plan: unknown;
  try {
    plan = JSON.parse(text);
  } catch {
    const reason = text.trim() === "" ? "empty" : "not JSON";
    return [
      { name: "json", ok: false, reason },
      { name: "schema", ok: false, reason: "no JSON" },
      ...failAll("no plan to check"),
    ];
  }
  return [{ name: "json", ok: true }, ...checkPlan(plan, brief, lexicon)];
}
