/** Works out a deposit before it is stored: member, weights, prices, amounts. Changes nothing. */
import { amountIdr } from "@jumpa-madu/contracts/amount";
import type { Deposit, DepositLine } from "@jumpa-madu/contracts/records";
import { Deposit as DepositSchema } from "@jumpa-madu/contracts/records";
import { EPOCH_MS_MAX, EPOCH_MS_MIN } from "@jumpa-madu/contracts/units";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import type { PriceList } from "../catalogue/price-list.ts";
import type { Fault } from "./problems.ts";
import { findScale, type Scales } from "./scale.ts";
import type { Claim, Weighings } from "./weighings.ts";

const checker = checkerOf(DepositSchema);

/** What the operator asks for. A line without `weighing` takes the weight that `scale` shows now. */
export interface DepositRequest {
  member: string;
  lines: { material: string; weighing?: string; scale?: string }[];
}

/** What is needed to work it out. */
export interface DraftMeans {
  weighings: Weighings;
  scales: Scales;
  priceList: PriceList | null;
  /** Time of the deposit, in milliseconds since 1970. */
  nowMs: number;
}

/** A deposit that lacks only its identifier and receipt number, and the weighings that it will use up. */
export type Draft =
  | { ok: true; deposit: Omit<Deposit, "id" | "receipt_no">; claims: Claim[] }
  | { ok: false; fault: Fault };

/** Receipt number and identifier for checking a draft's ranges, which do not depend on them. */
const PLACEHOLDER = { id: "00000000-0000-7000-8000-000000000000", receipt_no: "0" };

/** Works out a deposit; the first thing that is wrong is the fault. */
export function draftDeposit({ member, lines }: DepositRequest, means: DraftMeans): Draft {
  const { priceList, nowMs } = means;
  const refused = (fault: Fault): Draft => ({ ok: false, fault });
  if (nowMs < EPOCH_MS_MIN || nowMs > EPOCH_MS_MAX) return refused({ code: "clock_unset" });
  if (priceList === null) return refused({ code: "no_catalogue" });
  const memberId = priceList.memberId(member);
  if (memberId === null) return refused({ code: "unknown_member", detail: member });

  const claims: Claim[] = [];
  const drafted: DepositLine[] = [];
  const seen = new Set<string>();
  for (const line of lines) {
    const claimed = claimFor(line, means);
    if (!claimed.ok) return refused(claimed.fault);
    const { claim } = claimed;
    if (seen.has(claim.same))
      return refused({ code: "weighing_used", detail: "two lines have one weighing" });
    seen.add(claim.same);
    claims.push(claim);
    const priced = priceLine(line.material, claim, priceList, nowMs);
    if (!priced.ok) return refused(priced.fault);
    drafted.push(priced.line);
  }
  const deposit = {
    kind: "deposit" as const,
    t: nowMs,
    waste_bank: priceList.wasteBank,
    member: memberId,
    lines: drafted,
    total_idr: drafted.reduce((sum, { amount_idr }) => sum + amount_idr, 0),
  };
  const checked = checker.check({ ...deposit, ...PLACEHOLDER });
  if (!checked.ok) return refused({ code: "out_of_range", detail: checked.faults.join("; ") });
  return { ok: true, deposit, claims };
}

function claimFor(
  line: DepositRequest["lines"][number],
  { weighings, scales }: DraftMeans,
): ReturnType<Weighings["claim"]> {
  if (line.weighing !== undefined) return weighings.claim(line.weighing);
  const found = findScale(scales(), line.scale);
  return found.ok ? weighings.claimNow(found.scale) : found;
}

function priceLine(
  material: string,
  { weighing }: Claim,
  priceList: PriceList,
  nowMs: number,
): { ok: true; line: DepositLine } | { ok: false; fault: Fault } {
  if (!priceList.hasMaterial(material)) {
    return { ok: false, fault: { code: "unknown_material", detail: material } };
  }
  const price = priceList.priceAt(material, nowMs);
  if (price === null) return { ok: false, fault: { code: "no_price", detail: material } };
  const { gross_g, tare_g, net_g, stable, scale, raw } = weighing;
  const line: DepositLine = {
    material,
    price: price.id,
    price_idr_per_kg: price.price_idr_per_kg,
    gross_g,
    tare_g,
    net_g,
    stable,
    scale,
    raw,
    amount_idr: amountIdr(net_g, price.price_idr_per_kg),
  };
  return { ok: true, line };
}
