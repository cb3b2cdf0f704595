/** Works out a deposit before it is stored: member, weights, prices, amounts. Changes nothing. */
import { amountIdr } from "@jumpa-madu/contracts/amount";
import type { ExpiryPolicy } from "@jumpa-madu/contracts/node-config";
import type { Deposit, DepositLine, Purpose } from "@jumpa-madu/contracts/records";
import { Deposit as DepositSchema, depositFault, lineFault } from "@jumpa-madu/contracts/records";
import { EPOCH_MS_MAX, EPOCH_MS_MIN } from "@jumpa-madu/contracts/units";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import type { PaidBy, PriceList } from "../catalogue/price-list.ts";
import { ITEM_BYTES_MAX } from "../outbox/outbox-limits.ts";
import { unboundFault } from "./binding.ts";
import type { Fault } from "./problems.ts";
import { purposeFault } from "./purpose.ts";
import { findScale, type Scales } from "./scale.ts";
import { UNKNOWN_MEMBER_ADVICE } from "./unknown-member.ts";
import { blockFault } from "./verification.ts";
import type { Claim, Weighings } from "./weighings.ts";

const checker = checkerOf(DepositSchema);

/** Most grams that may be typed for a scale whose capacity is not known: a floor scale carries a tonne. */
export const TYPED_G_MAX = 1_000_000;

/** For whoever sets up the node. */
const NO_CAPACITY =
  "while the capacity of the scale is not known; give max_g in its port or register the scale";

/**
 * What the operator asks for. A line takes the weight of `weighing`, or the one that was `typed` because `scale` could not give
 * it, or else the one that `scale` shows now.
 */
export interface DepositRequest {
  member: string;
  purpose: Purpose;
  lines: {
    material: string;
    weighing?: string;
    typed?: { net_g: number; reason: string };
    scale?: string;
  }[];
}

/** What is needed to work it out. */
export interface DraftMeans {
  node: string;
  weighings: Weighings;
  scales: Scales;
  priceList: PriceList | null;
  /** Version of the configuration in force. */
  configVersion: number;
  expiryPolicy: ExpiryPolicy;
  /** Who has agreed to the typed weights; null when nobody has. */
  supervisor: string | null;
  /** Time of the deposit, in milliseconds since 1970. */
  nowMs: number;
}

/** A deposit that lacks only its identifier and receipt number, and the weighings that it will use up. */
export type Draft =
  | { ok: true; deposit: Omit<Deposit, "id" | "receipt_no">; claims: Claim[] }
  | { ok: false; fault: Fault };

/** Receipt number and identifier for checking a draft's ranges and length: as long as they can be. */
const PLACEHOLDER = { id: "00000000-0000-7000-8000-000000000000", receipt_no: "0".repeat(40) };

/** Works out a deposit; the first thing that is wrong is the fault. */
export function draftDeposit({ member, purpose, lines }: DepositRequest, means: DraftMeans): Draft {
  const { priceList, nowMs } = means;
  const refused = (fault: Fault): Draft => ({ ok: false, fault });
  if (nowMs < EPOCH_MS_MIN || nowMs > EPOCH_MS_MAX) return refused({ code: "clock_unset" });
  if (priceList === null) return refused({ code: "no_catalogue" });
  const memberId = priceList.memberId(member);
  if (memberId === null)
    return refused({ code: "unknown_member", detail: `${member}: ${UNKNOWN_MEMBER_ADVICE}` });
  const paidBy = priceList.paidByOf(memberId);
  const unserved = purposeFault(purpose, paidBy);
  if (unserved !== null) return refused(unserved);

  const claims: Claim[] = [];
  const drafted: DepositLine[] = [];
  const seen = new Set<string>();
  for (const line of lines) {
    const found = line.typed === undefined ? weighedFor(line, means) : typedFor(line, line.typed, means);
    if (!found.ok) return refused(found.fault);
    const { claim } = found;
    if (claim !== null) {
      if (seen.has(claim.same))
        return refused({ code: "weighing_used", detail: "two lines have one weighing" });
      seen.add(claim.same);
      claims.push(claim);
    }
    const priced = priceLine(line.material, found.weight, { priceList, paidBy, nowMs });
    if (!priced.ok) return refused(priced.fault);
    drafted.push(priced.line);
  }
  const deposit = {
    kind: "deposit" as const,
    t: nowMs,
    waste_bank: priceList.wasteBank,
    member: memberId,
    purpose,
    settlement: paidBy.settlement,
    ...(paidBy.settlement === "share_of_sale" && { share_bps: paidBy.shareBps }),
    lines: drafted,
    total_idr: drafted.reduce((sum, { amount_idr }) => sum + amount_idr, 0),
  };
  const whole = { ...deposit, ...PLACEHOLDER };
  if (Buffer.byteLength(JSON.stringify(whole)) > ITEM_BYTES_MAX)
    return refused({ code: "too_large", detail: "make two deposits of it, or give shorter reasons" });
  const checked = checker.check(whole);
  if (!checked.ok) return refused({ code: "out_of_range", detail: checked.faults.join("; ") });
  const contradiction = depositFault(whole) ?? drafted.map(lineFault).find((fault) => fault !== null);
  if (contradiction !== undefined) return refused({ code: "out_of_range", detail: contradiction });
  return { ok: true, deposit, claims };
}

/** What a line says of its weight, before it has a price. */
type LineWeight = Pick<
  DepositLine,
  "gross_g" | "tare_g" | "net_g" | "stable" | "scale" | "raw" | "typed" | "verified_until"
>;

/** A line's weight, and the weighing that it uses up unless it was typed. */
type FoundWeight = { ok: true; weight: LineWeight; claim: Claim | null } | { ok: false; fault: Fault };

function weighedFor(line: DepositRequest["lines"][number], means: DraftMeans): FoundWeight {
  const claimed = claimFor(line, means);
  if (!claimed.ok) return claimed;
  const { id: _id, t: _t, ...shown } = claimed.claim.weighing;
  const { scale } = shown;
  const blocked = unboundFault(scale, means) ?? blockFault(scale, means.expiryPolicy, means);
  if (blocked !== null) return { ok: false, fault: blocked };
  return { ok: true, weight: { ...shown, ...verificationOf(scale, means) }, claim: claimed.claim };
}

function claimFor(
  line: DepositRequest["lines"][number],
  { weighings, scales }: DraftMeans,
): ReturnType<Weighings["claim"]> {
  if (line.weighing !== undefined) return weighings.claim(line.weighing);
  const found = findScale(scales(), line.scale);
  return found.ok ? weighings.claimNow(found.scale) : found;
}

/**
 * A typed weight stands for what the scale should have shown, so it may not be more than the scale can carry, or, when nobody has
 * told how much that is, than what is brought to a waste bank.
 */
function typedFor(
  line: DepositRequest["lines"][number],
  { net_g, reason }: { net_g: number; reason: string },
  means: DraftMeans,
): FoundWeight {
  if (means.supervisor === null) return { ok: false, fault: { code: "typed_needs_supervisor" } };
  const found = findScale(means.scales(), line.scale);
  if (!found.ok) return found;
  const { name, maxG } = found.scale;
  const unbound = unboundFault(name, means);
  if (unbound !== null) return { ok: false, fault: unbound };
  if (maxG !== null && net_g > maxG)
    return { ok: false, fault: { code: "overload", detail: `${name}: ${maxG} g` } };
  if (maxG === null && net_g > TYPED_G_MAX)
    return { ok: false, fault: { code: "overload", detail: `${name}: ${TYPED_G_MAX} g ${NO_CAPACITY}` } };
  const weight: LineWeight = {
    gross_g: net_g,
    tare_g: 0,
    net_g,
    stable: null,
    scale: name,
    typed: { supervisor: means.supervisor, reason },
    ...verificationOf(name, means),
  };
  return { ok: true, weight, claim: null };
}

function verificationOf(scale: string, { priceList }: DraftMeans): Pick<DepositLine, "verified_until"> {
  const verified_until = priceList?.verifiedUntil(scale) ?? null;
  return verified_until === null ? {} : { verified_until };
}

function priceLine(
  material: string,
  weight: LineWeight,
  { priceList, paidBy, nowMs }: { priceList: PriceList; paidBy: PaidBy; nowMs: number },
): { ok: true; line: DepositLine } | { ok: false; fault: Fault } {
  if (!priceList.hasMaterial(material)) {
    return { ok: false, fault: { code: "unknown_material", detail: material } };
  }
  const price = priceList.priceAt(material, nowMs);
  if (price === null) return { ok: false, fault: { code: "no_price", detail: material } };
  const line: DepositLine = {
    material,
    price: price.id,
    price_idr_per_kg: price.price_idr_per_kg,
    ...weight,
    // What is paid for at the sale is worth nothing before it; the receipt gives an estimate from weight and price.
    amount_idr: paidBy.settlement === "purchase" ? amountIdr(weight.net_g, price.price_idr_per_kg) : 0,
  };
  return { ok: true, line };
}
