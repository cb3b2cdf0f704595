/**
 * Turns the decimal digits that a scale sends into grams without a rounding error: the digits become one whole
 * number, are multiplied by a whole factor, and only the finished decimal becomes a floating-point number.
 */
import { WEIGHT_G_MAX } from "@jumpa-madu/contracts/units";

/**
 * Grams in one unit, as `factor × 10^exponent`. Pound and ounce are the international avoirdupois ones, exact by
 * definition (NIST Handbook 44, Appendix C).
 */
const GRAMS = new Map<string, { factor: bigint; exponent: number }>([
  ["mg", { factor: 1n, exponent: -3 }],
  ["g", { factor: 1n, exponent: 0 }],
  ["kg", { factor: 1n, exponent: 3 }],
  ["t", { factor: 1n, exponent: 6 }],
  ["lb", { factor: 45_359_237n, exponent: -5 }],
  ["oz", { factor: 28_349_523_125n, exponent: -9 }],
]);

/** Decimals of a gram that are kept of a weight in pounds or ounces: 0.1 mg, finer than any such scale shows. */
const DECIMALS_KEPT = 4;

/** Pattern of an unsigned decimal with point or comma, as scales send it: `12`, `12.`, `0,245`, `.5`. */
export const DECIMAL_PATTERN = "(?:\\d{1,12}(?:[.,]\\d{0,9})?|[.,]\\d{1,9})";

/**
 * Grams of a signed decimal; null when the unit is unknown or no scale of the programme can show as much.
 *
 * `decimal` fits DECIMAL_PATTERN; `unit` may be in any case. Minus zero becomes zero.
 */
export function toGrams(sign: string, decimal: string, unit: string): number | null {
  const grams = GRAMS.get(unit.toLowerCase());
  if (grams === undefined) return null;
  const [whole = "", fraction = ""] = decimal.replace(",", ".").split(".");
  const scaled = BigInt(`0${whole}${fraction}`) * grams.factor;
  const exponent = grams.exponent - fraction.length;
  const weightG = toNumber(grams.factor === 1n ? { scaled, exponent } : roundDecimals(scaled, exponent));
  if (weightG > WEIGHT_G_MAX) return null;
  return sign === "-" && weightG !== 0 ? -weightG : weightG;
}

/** Number nearest to `scaled × 10^exponent`: the engine's own parser rounds once and correctly. */
function toNumber({ scaled, exponent }: { scaled: bigint; exponent: number }): number {
  return Number(`${scaled}e${exponent}`);
}

/** Rounds `scaled × 10^exponent` half up to the decimals that are kept. */
function roundDecimals(scaled: bigint, exponent: number): { scaled: bigint; exponent: number } {
  const surplus = -DECIMALS_KEPT - exponent;
  if (surplus <= 0) return { scaled, exponent };
  const divisor = 10n ** BigInt(surplus);
  return { scaled: (scaled + divisor / 2n) / divisor, exponent: -DECIMALS_KEPT };
}
