import { type CountryCode, isValidPhoneNumber } from "libphonenumber-js/min";

/** Countries whose numbers are known without their prefix. */
const HOME_COUNTRIES: readonly CountryCode[] = ["US", "GB", "DE", "FR", "IT", "ES", "IN", "AU"];
const CARD = /^[2-6](?:[ -]?\d){12,18}$/;
const DATE = /^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}$|^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}$/;
/** "1500 - 2000": a range of prices or sizes, not a number to call. */
const RANGE = /^\d{1,6}\s*[-/]\s*\d{1,6}$/;
const FRACTION = /^0\.\d+$/;

/** 13 to 19 digits that begin like a card of one of the networks and end in the right check digit. */
export function isCard(text: string): boolean {
  return CARD.test(text) && passesLuhn(text.replace(/\D/g, ""));
}

/** `isWhole`: nothing but this stands between the words around it. */
export function isPhone(text: string, { isWhole }: { readonly isWhole: boolean }): boolean {
  const digits = text.replace(/\D/g, "").length;
  if (digits < 7 || digits > 15 || [DATE, RANGE, FRACTION].some((form) => form.test(text))) return false;
  if (text.startsWith("+")) return isValidPhoneNumber(text);
  if (text.startsWith("00")) return isValidPhoneNumber(`+${text.slice(2)}`);
  // A bare run of digits, or a part of a longer one, is more often an order or a time than a phone.
  if (/^[1-9]/.test(text) && (!isWhole || /^\d+$/.test(text))) return false;
  return HOME_COUNTRIES.some((country) => isValidPhoneNumber(text, country));
}

/** Luhn's check digit (ISO/IEC 7812-1, annex B); a row of one and the same digit is nobody's card. */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0 && !/^(\d)\1*$/.test(digits);
}
