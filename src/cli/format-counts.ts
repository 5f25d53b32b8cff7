/** Lines such as "  budget  12", names padded to one column. Empty counts print nothing. */
export function formatCounts(counts: Readonly<Record<string, number>>): string[] {
  const width = Math.max(0, ...Object.keys(counts).map((name) => name.length));
  return Object.entries(counts).map(([name, count]) => `  ${name.padEnd(width)}  ${count}`);
}
