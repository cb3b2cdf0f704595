/** The price rule: the only way in which grams become rupiah, on a receipt as in the books. */

/** Name of the rule, kept on every line so that a later rule does not change what an earlier receipt said. */
export const AMOUNT_RULE = "half-up-per-line-1";

/**
 * Amount of one line in whole rupiah: `grams × price per kg`, rounded half up to one rupiah, line by line.
 *
 * Both factors are whole and not negative; the product stays exact because it is taken in BigInt. Throws RangeError
 * when a factor is not a whole number, is negative, or the amount does not fit a safe integer.
 */
export function amountIdr(grams: number, priceIdrPerKg: number): number {
  if (!Number.isSafeInteger(grams) || grams < 0)
    throw new RangeError(`${grams} is not a weight in whole grams`);
  if (!Number.isSafeInteger(priceIdrPerKg) || priceIdrPerKg < 0) {
    throw new RangeError(`${priceIdrPerKg} is not a price in whole rupiah per kilogram`);
  }
  const amount = Number((BigInt(grams) * BigInt(priceIdrPerKg) + 500n) / 1000n);
  if (!Number.isSafeInteger(amount)) throw new RangeError("amount does not fit");
  return amount;
}

/** The whole, in hundredths of a percent. */
const WHOLE_BPS = 10_000n;

/**
 * What a member's share of a line may bring when it is sold at the listed price, in whole rupiah, rounded down: an estimate for
 * people, never owed. `shareBps`: the share in hundredths of a percent. Throws as `amountIdr` does.
 */
export function estimateIdr(grams: number, priceIdrPerKg: number, shareBps: number): number {
  return Number((BigInt(amountIdr(grams, priceIdrPerKg)) * BigInt(shareBps)) / WHOLE_BPS);
}
