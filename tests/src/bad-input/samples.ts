/** Good items, of which a test spoils one thing each. */
import { amountIdr } from "@jumpa-madu/contracts/amount";
import { newEventId } from "@jumpa-madu/contracts/ids";

/** What good items refer to. */
export interface Places {
  bin: string;
  scale: string;
  wasteBank: string;
  member: string;
  /** A price that is in force, of this material. */
  price: { id: string; material: string; priceIdrPerKg: number };
}

let lastMs = 0;
let receipts = 0;

/** A time that no other sample has. */
function nextMs(): number {
  lastMs = Math.max(lastMs + 1, Date.now());
  return lastMs;
}

export function levelOf({ bin }: Places, change: object = {}): object {
  return { kind: "bin_level", bin, t: nextMs(), distance_mm: 700, fill: 0.5, quality: "accepted", ...change };
}

export function weightOf({ scale }: Places, change: object = {}): object {
  return {
    kind: "scale_weight",
    scale,
    t: nextMs(),
    weight_g: 1_250,
    stable: true,
    mode: "gross",
    ...change,
  };
}

export interface DepositSample {
  id: string;
  total_idr: number;
  [field: string]: unknown;
}

/** A deposit of one line; `line` and `change` spoil it. */
export function depositOf(
  places: Places,
  { line = {}, change = {} }: { line?: object; change?: object } = {},
): DepositSample {
  const { scale, wasteBank, member, price } = places;
  const amount = amountIdr(1_250, price.priceIdrPerKg);
  const good = {
    material: price.material,
    price: price.id,
    price_idr_per_kg: price.priceIdrPerKg,
    gross_g: 1_250,
    tare_g: 0,
    net_g: 1_250,
    stable: true,
    scale,
    raw: "53542c47532c2b2020312e3235306b67",
    amount_idr: amount,
  };
  return {
    kind: "deposit",
    id: newEventId(),
    t: nextMs(),
    waste_bank: wasteBank,
    member,
    receipt_no: `MENTAH-${String(++receipts).padStart(6, "0")}`,
    lines: [{ ...good, ...line }],
    total_idr: amount,
    ...change,
  };
}
