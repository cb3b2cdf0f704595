/** A weight as text: sign and digits apart, because every maker puts other blanks between them. */

/** Grams in one of each unit; the pound of the international yard and pound agreement of 1959. */
export const GRAMS_PER = { kg: 1000, g: 1, lb: 453.59237, oz: 28.349523125 } as const;
export type WeightUnit = keyof typeof GRAMS_PER;

/** Grams of so many of a unit. */
export function gramsOf(weight: number, unit: WeightUnit): number {
  return weight * GRAMS_PER[unit];
}

/** How a scale writes a weight. */
export interface WeightStyle<U extends WeightUnit = "kg" | "g"> {
  unit: U;
  /** Figures after the point; no point when 0. */
  decimals: number;
}

/** A weight as a scale writes it. */
export interface WeightText {
  /** Zero has a plus. */
  sign: "+" | "-";
  /** Digits and at most one point, without padding. */
  digits: string;
}

/** Writes a weight with a minus, or with nothing, before its digits. */
export function writeSigned(weightG: number, style: WeightStyle<WeightUnit>): string {
  const { sign, digits } = writeWeight(weightG, style);
  return sign === "-" ? `-${digits}` : digits;
}

/** Writes a weight in grams, rounded to the figures of the style. */
export function writeWeight(weightG: number, { unit, decimals }: WeightStyle<WeightUnit>): WeightText {
  const digits = Math.abs(weightG / GRAMS_PER[unit]).toFixed(decimals);
  return { sign: weightG < 0 && Number(digits) !== 0 ? "-" : "+", digits };
}

/** Nines that fill a field of so many characters, with the point where the style has it. */
export function ninesOf(characters: number, { decimals }: WeightStyle<WeightUnit>): string {
  if (decimals === 0) return "9".repeat(characters);
  return `${"9".repeat(characters - 1 - decimals)}.${"9".repeat(decimals)}`;
}
