import { estimateIdr } from "@jumpa-madu/contracts/amount";
import type { ReceiptDeposit } from "./receipt.ts";

/**
 * What the member's share of the sale may come to at the listed prices, in whole rupiah: an estimate, never owed. Null for what
 * is bought or given.
 */
export function saleEstimateIdr({ purpose, share_bps: shareBps, lines }: ReceiptDeposit): number | null {
  if (shareBps === undefined || purpose === "donate") return null;
  return lines.reduce(
    (sum, { net_g, price_idr_per_kg }) => sum + estimateIdr(net_g, price_idr_per_kg, shareBps),
    0,
  );
}
