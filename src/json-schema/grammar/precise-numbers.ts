import { RegularLanguage } from "../language/regular-language.ts";

/** Of longer numbers a double keeps only the front digits, and what is left is another number. */
const MAX_DIGITS = 15;

/** Numbers that are read as they are written, and written in one way only: what can be counted in steps. */
export function createPreciseNumbers(): RegularLanguage {
  const fractions = Array.from({ length: MAX_DIGITS - 1 }, (_, index) => {
    const [whole, most] = [index + 1, MAX_DIGITS - 2 - index];
    return `\\d{${whole}}\\.\\d{0,${most}}[1-9]`;
  });
  const language = RegularLanguage.fromPattern(`^-?(?:\\d{1,${MAX_DIGITS}}0{0,6}|${fractions.join("|")})$`);
  return language ?? RegularLanguage.any();
}
