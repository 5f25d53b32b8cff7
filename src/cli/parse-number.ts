import { InvalidArgumentError } from "commander";

/** For options that take a number, whole or not, from 0 up. */
export function parseNumber(text: string): number {
  const number = Number(text);
  if (text.trim() !== "" && Number.isFinite(number) && number >= 0) return number;
  throw new InvalidArgumentError("A number from 0 up is needed.");
}
