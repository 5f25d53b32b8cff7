import type { Brief } from "../style/brief.ts";
import type { PlanLimits } from "../style/constraint/plan-limits.ts";

interface ExamplePlansOptions {
  readonly limits: PlanLimits;
  readonly brief: Brief;
  /** No price in the plans is higher. */
  readonly highestPrice: number;
}

/** Plans that stand for what the constraint writes under these limits: of each size, with prices of each length. */
export function createExamplePlans(of: ExamplePlansOptions): string[] {
  const { counts } = of.limits;
  const prices = listPrices(of);
  const rounds = Math.ceil(prices.length / (2 * counts.least));
  const sizes = [...Array.from({ length: rounds }, () => counts.least), counts.most];
  return sizes.map((size, round) => {
    const price = (index: number) => prices[(round * 2 * counts.least + index) % prices.length] ?? "1";
    return createExamplePlan(of, { size, price });
  });
}

/** The first, the last and another price of each length; with cents where those are written. */
function listPrices({ limits, highestPrice }: ExamplePlansOptions): string[] {
  const digits = String(Math.floor(highestPrice)).length;
  const lengths = Array.from({ length: digits }, (_, index) => index);
  const whole = lengths.flatMap((zeros) => [
    `1${"0".repeat(zeros)}`,
    `45${"0".repeat(zeros)}`.slice(0, zeros + 1),
    "9".repeat(zeros + 1),
  ]);
  const all = limits.wholePrices ? whole : [...whole, "0.50", "12.75", "3.05"];
  const possible = all.filter((price) => Number(price) <= highestPrice);
  return [...possible, String(highestPrice)];
}

function createExamplePlan(
  { limits, brief }: ExamplePlansOptions,
  { size, price }: { readonly size: number; readonly price: (index: number) => string },
): string {
  const write = (text: string) => (limits.priceForm === "string" ? text : Number(text));
  const outfit = {
    looks: "Clean lines in navy",
    description: "A simple outfit for the day.",
    items: Array.from({ length: size }, (_, index) => {
      const type = limits.types[index % limits.types.length] ?? "top";
      return {
        query: `navy ${type} ${index + 1}`,
        key: `${type}-${index + 1}`,
        type,
        min: write(price(2 * index)),
        max: write(price(2 * index + 1)),
        brand: brief.brands[0] ?? "uniqlo",
      };
    }),
  };
  return JSON.stringify({ outfits: Array.from({ length: brief.outfits }, () => outfit) });
}
