import { RegularLanguage } from "../language/regular-language.ts";

/**
 * Numbers that are read as they are written, and written in one way only: what can be counted in steps. Of more than 15
 * digits a double keeps only the front ones, and what is left is another number.
 */
export function createPreciseNumbers(): RegularLanguage {
  // Two languages, cut: one pattern for both would spell out each place of the point.
  const shape = RegularLanguage.fromPattern("^-?(?:\\d{1,15}0{0,6}|\\d+\\.\\d*[1-9])$");
  const length = RegularLanguage.fromPattern("^-?(?:\\d{1,21}|[\\d.]{1,16})$");
  if (shape === undefined || length === undefined) throw new Error("Both patterns are regular.");
  return shape.intersect(length);
}
