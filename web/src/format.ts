/** Numbers, weights, money and ages in the words of a language. */
import type { Words } from "./dictionary.ts";

/** Below this an age is "just now", in milliseconds. */
const NOW_MS = 10_000;

/** A share as whole percent. */
export function percent(share: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 }).format(share);
}

/** A whole number. */
export function whole(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(value);
}

/** Grams as kilograms with three decimals, as a scale shows them. */
export function kilograms(weightG: number, locale: string): string {
  return new Intl.NumberFormat(locale, { minimumFractionDigits: 3, maximumFractionDigits: 3 }).format(
    weightG / 1_000,
  );
}

/** Rupiah, always in the way of Indonesia: that is what stands on the receipt. */
export function rupiah(amountIdr: number): string {
  return new Intl.NumberFormat("id-ID", {
    style: "currency",
    currency: "IDR",
    maximumFractionDigits: 0,
  }).format(amountIdr);
}

/** Time of day. */
export function timeOfDay(atMs: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" }).format(atMs);
}

/** How long ago, in the largest unit that fits: "3 menit yang lalu". */
export function age(
  atMs: number,
  nowMs: number,
  { locale, words }: { locale: string; words: Words },
): string {
  const agoMs = Math.max(0, nowMs - atMs);
  if (agoMs < NOW_MS) return words.now;
  const [unit, unitMs] = UNITS.find(([, oneMs]) => agoMs >= oneMs) ?? SMALLEST;
  return new Intl.RelativeTimeFormat(locale, { numeric: "always", style: "long" }).format(
    -Math.floor(agoMs / unitMs),
    unit,
  );
}

const SMALLEST = ["second", 1_000] as const;
const UNITS = [["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000], SMALLEST] as const;
