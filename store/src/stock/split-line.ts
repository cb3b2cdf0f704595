/**
 * Splits a line of a sale: whose grams left, what they had cost, and what each member gets. Pure.
 *
 * Consigned grams go first, the oldest deposit first, because their members wait for their money. What was accepted, lost
 * and thrown away is shared by consigned and owned grams in proportion. Every share is a difference of two running totals
 * that are rounded down, so that the shares add up to the whole, to the gram and to the rupiah.
 */
import { amountIdr } from "@jumpa-madu/contracts/amount";
import { SHARE_BPS_MAX } from "../trade/terms.ts";
import type { Consignment } from "./consignments.ts";
import type { StockLevel } from "./stock-accounts.ts";

/** What a buyer was given and what he took. `outG` = accepted + rejected + lost. */
export interface WeighedLine {
  outG: number;
  acceptedG: number;
  rejectedG: number;
  /** What became of what the buyer refused: it came back into the store, or it was thrown away. */
  rejects: "returned" | "discarded";
  priceIdrPerKg: number;
}

/** Grams of one owner that left for good. */
export interface GramsGone {
  acceptedG: number;
  lostG: number;
  discardedG: number;
}

/** Part of one consignment that left, with what it brought and what of it is the member's. */
export interface ConsignmentShare {
  consignment: Consignment;
  grams: number;
  proceedsIdr: number;
  memberIdr: number;
}

/** A line as it is posted. */
export interface SplitLine {
  amountIdr: number;
  consigned: GramsGone;
  owned: GramsGone;
  /** What the owned grams that were accepted had cost, and those that were lost or thrown away. */
  costIdr: number;
  lossIdr: number;
  shares: ConsignmentShare[];
}

/** Grams of a line that left the store for good. */
export function goneG({ outG, rejectedG, rejects }: WeighedLine): number {
  return rejects === "returned" ? outG - rejectedG : outG;
}

/** Of `level`, `consignments` are those that the line reaches: they hold at least the consigned grams that leave. */
export function splitLine(line: WeighedLine, level: StockLevel, consignments: Consignment[]): SplitLine {
  const gone = goneG(line);
  const lostG = line.outG - line.acceptedG - line.rejectedG;
  const consignedG = Math.min(level.consignedG, gone);
  const consigned = {
    acceptedG: part(line.acceptedG, consignedG, gone),
    lostG: part(line.acceptedG + lostG, consignedG, gone) - part(line.acceptedG, consignedG, gone),
    discardedG: consignedG - part(line.acceptedG + lostG, consignedG, gone),
  };
  const owned = {
    acceptedG: line.acceptedG - consigned.acceptedG,
    lostG: lostG - consigned.lostG,
    discardedG: gone - line.acceptedG - lostG - consigned.discardedG,
  };
  const proceedsIdr = amountIdr(line.acceptedG, line.priceIdrPerKg);
  const costIdr = part(level.valueIdr, owned.acceptedG, level.ownedG);
  return {
    amountIdr: proceedsIdr,
    consigned,
    owned,
    costIdr,
    lossIdr: part(level.valueIdr, gone - consignedG, level.ownedG) - costIdr,
    shares: sharesOf(consignments, { consignedG, goneG: gone, proceedsIdr }),
  };
}

/** `amount × grams / ofG`, rounded down. The last gram takes the last rupiah, because all grams take it all. */
export function part(amount: number, grams: number, ofG: number): number {
  return ofG === 0 ? 0 : Number((BigInt(amount) * BigInt(grams)) / BigInt(ofG));
}

function sharesOf(
  consignments: Consignment[],
  { consignedG, goneG, proceedsIdr }: { consignedG: number; goneG: number; proceedsIdr: number },
): ConsignmentShare[] {
  const shares: ConsignmentShare[] = [];
  let doneG = 0;
  for (const consignment of consignments) {
    const grams = Math.min(consignment.leftG, consignedG - doneG);
    if (grams === 0) break;
    const brought = part(proceedsIdr, doneG + grams, goneG) - part(proceedsIdr, doneG, goneG);
    const memberIdr = part(brought, consignment.shareBps, SHARE_BPS_MAX);
    shares.push({ consignment, grams, proceedsIdr: brought, memberIdr });
    doneG += grams;
  }
  if (doneG !== consignedG)
    throw new RangeError(`the consignments hold ${doneG} g of the ${consignedG} g that leave`);
  return shares;
}
