/** A weight as a line of text shows it, in the three fields that all such lines have: sign, digits, unit. */
import { toGrams } from "./decimal-weight.ts";
import type { Fault } from "./protocol.ts";

/** Most characters of an unknown unit that its fault repeats. */
const UNIT_CHARACTERS_SHOWN = 8;

/**
 * Units of bench scales. Milligrams and tonnes are left out unless a protocol asks for them: one wrong byte makes `mg` of
 * `kg` and `t` of `g`. For the same reason the case counts.
 */
const UNITS: ReadonlySet<string> = new Set(["g", "kg", "lb", "oz"]);

/** Units of lines that many makers copy, each in its own case. */
export const LOOSE_UNITS: ReadonlySet<string> = new Set(
  ["g", "kg", "t", "lb", "oz"].flatMap((unit) => [
    unit,
    unit.toUpperCase(),
    `${unit.charAt(0).toUpperCase()}${unit.slice(1)}`,
  ]),
);

/** Pattern of anything that may be a unit, for a frame that is right but for its unit. */
export const UNIT_PATTERN = "[A-Za-z%][A-Za-z%./]{0,15}";

/** Fields by the names of a pattern's groups; what is absent is empty. */
interface Fields {
  readonly sign?: string | undefined;
  readonly decimal?: string | undefined;
  readonly unit?: string | undefined;
}

/** Grams, and the field `unit` of the reading, which is there for pounds and ounces only. */
type Shown =
  | { readonly ok: true; readonly weightG: number; readonly imperial: { readonly unit?: "lb" | "oz" } }
  | { readonly ok: false; readonly fault: Fault };

/** Reads the fields; `decimal` fits DECIMAL_PATTERN. Never throws. */
export function shownWeight(
  { sign = "", decimal = "", unit = "" }: Fields,
  units: ReadonlySet<string> = UNITS,
): Shown {
  if (!units.has(unit)) {
    return { ok: false, fault: { error: "unparseable", unit: unit.slice(0, UNIT_CHARACTERS_SHOWN) } };
  }
  const known = unit.toLowerCase();
  const weightG = toGrams(sign, decimal, known);
  if (weightG === null) return { ok: false, fault: { error: "out_of_range" } };
  return { ok: true, weightG, imperial: known === "lb" || known === "oz" ? { unit: known } : {} };
}

/** Sets the point before the last `decimals` figures of digits that have none. */
export function withPoint(decimal: string, decimals: number | undefined): string {
  if (decimals === undefined || decimals === 0 || /[.,]/.test(decimal)) return decimal;
  const digits = decimal.padStart(decimals + 1, "0");
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
