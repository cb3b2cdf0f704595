/**
 * What no household brings: looked at once more before it is taken, because one zero too many at the keyboard is hundreds of
 * thousands of rupiah, and nothing else stands between a typed weight and a book of savings.
 */
import { amountIdr } from "@jumpa-madu/contracts/amount";
import type { PostedLine } from "./deposits.ts";

/**
 * Grams of one deposit that were typed, without a scale's frame. A household brings kilograms; a hanging scale of a waste bank
 * weighs tens of them, its platform scale some hundred.
 */
export const TYPED_G_MAX = 200_000;

/** Rupiah that one deposit is worth at the prices of its lines, whoever weighed it. */
export const UNUSUAL_IDR_MAX = 2_000_000;

/** What is unusual about these lines, as a sentence with the figures; null when nothing is. */
export function unusualOf(
  lines: Pick<PostedLine, "netG" | "typed" | "priceIdrPerKg" | "amountIdr">[],
): string | null {
  const typedG = sumOf(lines.filter(({ typed }) => typed !== null).map(({ netG }) => netG));
  // What is paid when it is sold has no amount yet; what was printed may be more than the price makes of it.
  const worthIdr = sumOf(
    lines.map((line) => Math.max(line.amountIdr, amountIdr(line.netG, line.priceIdrPerKg ?? 0))),
  );
  const words: string[] = [];
  if (typedG > TYPED_G_MAX)
    words.push(`${typedG} g (${typedG / 1_000} kg) were typed, more than ${TYPED_G_MAX / 1_000} kg`);
  if (worthIdr > UNUSUAL_IDR_MAX)
    words.push(`the waste is worth Rp ${worthIdr}, more than Rp ${UNUSUAL_IDR_MAX}`);
  return words.length === 0 ? null : `unusual for one deposit: ${words.join("; ")}`;
}

function sumOf(amounts: number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}
