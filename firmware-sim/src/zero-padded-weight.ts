/** Weights in fields of fixed width that are filled up with zeros. */
import { type WeightStyle, type WeightUnit, writeWeight } from "./weight-text.ts";

/** Writes a weight with as many characters as the field has; a negative one begins with a minus. */
export function writeZeroPadded(weightG: number, style: WeightStyle<WeightUnit>, characters: number): string {
  const { sign, digits } = writeWeight(weightG, style);
  return sign === "-" ? `-${digits.padStart(characters - 1, "0")}` : digits.padStart(characters, "0");
}
