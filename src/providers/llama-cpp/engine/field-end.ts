/** Where a field's text is over: behind the stop that ends first; -1 while there is none. */
export function findFieldEnd(text: string, stops: readonly string[]): number {
  const ends = stops.flatMap((stop) => {
    const index = text.indexOf(stop);
    return index < 0 ? [] : [index + stop.length];
  });
  return ends.length === 0 ? -1 : Math.min(...ends);
}
