/** The magnitude of a number in decimal digits, as it would be written without an exponent. */
export interface Decimal {
  readonly isNegative: boolean;
  /** Without leading zeros, "0" when there is nothing before the point. */
  readonly whole: string;
  /** Without trailing zeros, "" when there is nothing behind the point. */
  readonly fraction: string;
}

export function createDecimal(value: number): Decimal {
  const [mantissa = "0", exponentText = "0"] = String(Math.abs(value)).split("e");
  const exponent = Number(exponentText);
  const [whole = "0", fraction = ""] = mantissa.split(".");
  const point = whole.length + exponent;
  const digits = `${"0".repeat(Math.max(0, -point))}${whole}${fraction}`.padEnd(point, "0");
  const place = Math.max(0, point);
  return {
    isNegative: value < 0,
    whole: digits.slice(0, place).replace(/^0+(?=\d)/, "") || "0",
    fraction: digits.slice(place).replace(/0+$/, ""),
  };
}

/** A step in whole units of its last decimal place: 0.25 is 25 with two fraction digits. */
export function createScaledInteger(value: number): {
  readonly units: bigint;
  readonly fractionDigits: number;
} {
  const { whole, fraction } = createDecimal(value);
  return { units: BigInt(whole + fraction), fractionDigits: fraction.length };
}
