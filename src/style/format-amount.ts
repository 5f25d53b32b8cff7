import type { Budget } from "./budget.ts";

/** 150 → "150", 12.5 → "12.50": no thousands marks, decimals only where there are any. */
export function formatAmount(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

/** The one spelling the model sees: "200-300 USD", "up to 150", or `any` for no bound. */
export function formatBudget(budget: Budget | null, any: string): string {
  if (!budget) return any;
  const currency = budget.currency ? ` ${budget.currency}` : "";
  const max = formatAmount(budget.max);
  return budget.min === null ? `up to ${max}${currency}` : `${formatAmount(budget.min)}-${max}${currency}`;
}
