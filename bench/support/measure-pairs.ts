export type Ratios = Record<string, number>;

type Side = (pair: number) => Promise<number>;

/** In turns, so that a busy moment hits both; which one begins changes too. The median of theirs over ours. */
export async function measurePairs(
  unit: string,
  pairs: number,
  sides: Record<string, readonly [ours: Side, theirs: Side]>,
): Promise<Ratios> {
  const ratios: Ratios = {};
  for (const [name, [ours, theirs]] of Object.entries(sides)) {
    const ran: (readonly [number, number])[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      if (pair % 2 === 0) {
        const first = await ours(pair);
        ran.push([first, await theirs(pair)]);
      } else {
        const second = await theirs(pair);
        ran.push([await ours(pair), second]);
      }
    }
    ratios[name] = round(median(ran.map(([own, other]) => other / own)));
    const [own, other] = [0, 1].map((side) => round(median(ran.map((pair) => pair[side] ?? Number.NaN))));
    console.log(`${name.padEnd(24)} ${String(ratios[name]).padStart(8)}   ${own} against ${other} ${unit}`);
  }
  return ratios;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export const round = (value: number) => Math.round(value * 1000) / 1000;
