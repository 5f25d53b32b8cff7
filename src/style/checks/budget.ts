import type { Check } from "./check.ts";

/** Upper prices may pass the budget by 2 % and must use 40 % of it; sums are compared to the cent. */
const SLACK_PERCENT = 102;
const LEAST_PERCENT = 40;

/** Σmax within 40 % to 102 % of the budget's upper bound, and not below its lower bound. No budget: no bound. */
export const checkBudget: Check = ({ outfit, brief: { budget } }) => {
  if (!budget) return null;
  const maxima = outfit.items.map((item) => item.max);
  if (maxima.some((max) => max === null)) return "an upper price cannot be read";
  const cents = maxima.reduce<number>((sum, max) => sum + Math.round((max ?? 0) * 100), 0);
  const sum = cents / 100;
  if (cents > Math.round(budget.max * SLACK_PERCENT)) return `${sum} is above the budget of ${budget.max}`;
  if (cents < Math.round(budget.max * LEAST_PERCENT))
    return `${sum} is far below the budget of ${budget.max}`;
  if (budget.min !== null && cents < Math.round(budget.min * 100))
    return `${sum} is below the least, ${budget.min}`;
  return null;
};
