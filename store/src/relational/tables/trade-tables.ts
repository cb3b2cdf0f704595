/** Rows of trade beside the deposits themselves: receipt numbers, consignments, and amounts that differ. */
import type { Fixed, FixedRow } from "../column-types.ts";

export interface TradeTables {
  receipt_series: {
    id: Fixed<string>;
    waste_bank_id: Fixed<string>;
    /** `C1`, `D1` or `K1`: see store/src/trade/receipt-series.ts. */
    device: Fixed<string>;
    next_no: number;
  };
  consignments: FixedRow<{
    deposit_id: string;
    line: number;
    member_id: string;
    waste_bank_id: string;
    material_id: string;
    share_bps: number;
    net_g: number;
    /** Product of the book that is credited when the grams are sold. */
    product_id: string;
    occurred_ms: number;
  }>;
  deposit_differences: {
    id: Fixed<string>;
    deposit_id: Fixed<string>;
    /** -1: the deposit as a whole. */
    line: Fixed<number>;
    printed_idr: Fixed<number>;
    computed_idr: Fixed<number>;
    reason: Fixed<string>;
    noticed_ms: Fixed<number>;
    settled_by: string | null;
    settled_ms: number | null;
    note: string | null;
  };
}
