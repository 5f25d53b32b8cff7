/** Distinct for each number; its grammar takes half a minute and more. */
export function createCostlySchema(number: number): Record<string, unknown> {
  return createPatterns({ number, count: 800 });
}

/** Some tenths of a second. */
export function createSlowSchema(number: number): Record<string, unknown> {
  return createPatterns({ number, count: 8 });
}

function createPatterns({ number, count }: { number: number; count: number }): Record<string, unknown> {
  const properties = Array.from({ length: count }, (_, index) => [
    `p${index}`,
    { items: { pattern: `^(a|b|ab){0,200}(b|c|bc){0,200}c.{0,300}${index}$` } },
  ]);
  return { title: `schema ${number}`, properties: Object.fromEntries(properties) };
}
