/** Compares what a receipt says with our own computation: the receipt is honoured, the difference is shown to staff. */
import { amountIdr } from "@jumpa-madu/contracts/amount";
import type { Settlement } from "@jumpa-madu/contracts/records";
import type { Difference } from "./post-deposit.ts";
import type { HoldingTerms } from "./terms.ts";

/**
 * Rupiah by which the lines of one receipt, and all open differences of one terminal or person on one day, may say more than we
 * compute; beyond, a person must decide. See decision 015.
 */
export const PRINTED_DIFFERENCE_IDR_MAX = 1_000_000;

/** A line as it was printed, with the price of the books that it names. */
export interface PrintedLine {
  netG: number;
  priceIdrPerKg: number;
  amountIdr: number;
  booksPriceIdrPerKg: number;
}

/** A receipt as it was printed, with the terms of that time. */
export interface PrintedReceipt {
  settlement: Settlement;
  shareBps: number | null;
  lines: PrintedLine[];
  terms: HoldingTerms;
}

/** Every difference, and by how many rupiah the lines say more than we compute, what they say less not set against it. */
export function differencesOf({ settlement, shareBps, lines, terms }: PrintedReceipt): {
  differences: Difference[];
  excessIdr: number;
} {
  const worth = lines.map(({ netG, booksPriceIdrPerKg }) => amountIdr(netG, booksPriceIdrPerKg));
  const computed = settlement === "purchase" ? worth : lines.map(() => 0);
  const differences = lines.flatMap((line, index) => {
    const ownIdr = settlement === "purchase" ? amountIdr(line.netG, line.priceIdrPerKg) : 0;
    return lineDifference(line, { index, ownIdr, computedIdr: computed[index] ?? 0 });
  });
  const excessIdr = lines.reduce(
    (sum, line, index) => sum + Math.max(0, line.amountIdr - (computed[index] ?? 0)),
    0,
  );
  const holds = terms.settlement === "purchase" ? null : terms.shareBps;
  if (settlement !== terms.settlement || shareBps !== holds) {
    const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0);
    differences.push({
      line: -1,
      printedIdr: sum(lines.map((line) => line.amountIdr)),
      computedIdr: terms.settlement === "purchase" ? sum(worth) : 0,
      reason: `the receipt says ${inWords(settlement, shareBps)}, the terms of that time say ${inWords(terms.settlement, holds)}`,
    });
  }
  return { differences, excessIdr };
}

/** Differences with what is to be looked at of the deposit as a whole; its amount is none of them. */
export function flagged(differences: Difference[], totalIdr: number, reason: string): Difference[] {
  const whole = differences.find(({ line }) => line === -1);
  const rest = differences.filter((difference) => difference !== whole);
  if (whole === undefined)
    return [...rest, { line: -1, printedIdr: totalIdr, computedIdr: totalIdr, reason }];
  return [...rest, { ...whole, reason: `${whole.reason}; ${reason}` }];
}

/** `ownIdr`: what the line is worth by the price that it names itself. */
function lineDifference(
  { netG, priceIdrPerKg, amountIdr: printedIdr, booksPriceIdrPerKg }: PrintedLine,
  { index, ownIdr, computedIdr }: { index: number; ownIdr: number; computedIdr: number },
): Difference[] {
  const reasons: string[] = [];
  if (priceIdrPerKg !== booksPriceIdrPerKg)
    reasons.push(`the price is Rp ${booksPriceIdrPerKg} a kg, the receipt says Rp ${priceIdrPerKg}`);
  if (printedIdr !== ownIdr) {
    reasons.push(
      `the sum itself is wrong: ${netG} g at Rp ${priceIdrPerKg} a kg is Rp ${ownIdr}, the receipt says Rp ${printedIdr}`,
    );
  }
  return reasons.length === 0 ? [] : [{ line: index, printedIdr, computedIdr, reason: reasons.join("; ") }];
}

function inWords(settlement: Settlement, shareBps: number | null): string {
  return shareBps === null ? settlement : `${settlement} of ${shareBps} basis points`;
}
