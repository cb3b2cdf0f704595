/** How deposits, and why one is refused, are told over HTTP; shared by the routes of deposits. */
import type {
  DepositCorrection,
  DepositReceipt,
  DepositTakenBack,
  PostedDeposit,
} from "@jumpa-madu/contracts/http/deposits";
import { receiptOf } from "@jumpa-madu/store/deposit-receipt";
import type { DepositRefusal, DepositRefusalCode } from "@jumpa-madu/store/deposit-refusal";
import { type PostedDeposit as DepositRow, findDeposit } from "@jumpa-madu/store/deposits";
import type { Db } from "@jumpa-madu/store/relational-store";
import { toIso, toIsoOrNull } from "../moments.ts";
import { type FieldFault, type ProblemCode, ProblemError } from "../problem-error.ts";

/** Writes a deposit. */
export function toDeposit(deposit: DepositRow): PostedDeposit {
  const { voided } = deposit;
  return {
    id: deposit.id,
    occurred_at: toIso(deposit.occurredMs),
    received_at: toIso(deposit.receivedMs),
    source: deposit.source,
    waste_bank: deposit.wasteBank,
    node: deposit.node,
    taken_by: deposit.takenBy,
    honoured_by: deposit.honouredBy,
    member: deposit.member,
    purpose: deposit.purpose,
    settlement: deposit.settlement,
    share_bps: deposit.shareBps,
    product: deposit.product,
    receipt_no: deposit.receiptNo,
    visit: deposit.visit,
    corrects: deposit.corrects,
    corrected_by: deposit.correctedBy,
    total_idr: deposit.totalIdr,
    amount_rule: deposit.amountRule,
    voided:
      voided === null
        ? null
        : {
            id: voided.id,
            kind: voided.kind,
            by: voided.by,
            reason: voided.reason,
            occurred_at: toIso(voided.occurredMs),
          },
    lines: deposit.lines.map((line) => ({
      material: line.material,
      price: line.price,
      price_idr_per_kg: line.priceIdrPerKg,
      gross_g: line.grossG,
      tare_g: line.tareG,
      net_g: line.netG,
      stable: line.stable,
      scale: line.scale,
      verified_until: toIsoOrNull(line.verifiedUntilMs),
      raw: line.raw,
      typed: line.typed !== null,
      supervisor: line.typed?.supervisor ?? null,
      typed_reason: line.typed?.reason ?? null,
      amount_idr: line.amountIdr,
    })),
  };
}

/** Writes a deposit with what is printed of it. */
export async function toReceipt(db: Db, deposit: DepositRow): Promise<DepositReceipt> {
  const { materials, wasteBankName, memberNumber, balanceIdr } = await receiptOf(db, deposit);
  const posted = toDeposit(deposit);
  return {
    ...posted,
    lines: posted.lines.map((line) => ({ ...line, material_name: materials.get(line.material) ?? "" })),
    receipt: { waste_bank_name: wasteBankName, member_number: memberNumber, balance_idr: balanceIdr },
  };
}

/** Writes a deposit that was taken back, with the cash that must come back from the member. */
export async function toTakenBack(db: Db, deposit: DepositRow): Promise<DepositTakenBack> {
  return { ...(await toReceipt(db, deposit)), cash_back_idr: givenIdrOf(deposit) };
}

/** Writes a correction, with the cash that must change hands so that the member has what the replacement says. */
export async function toCorrection(
  db: Db,
  { deposit, replacement }: { deposit: DepositRow; replacement: DepositRow | null },
): Promise<DepositCorrection> {
  const backIdr = givenIdrOf(deposit) - (replacement === null ? 0 : givenIdrOf(replacement));
  return {
    deposit: await toReceipt(db, deposit),
    replacement: replacement === null ? null : await toReceipt(db, replacement),
    cash_back_idr: Math.max(0, backIdr),
    cash_more_idr: Math.max(0, -backIdr),
  };
}

/** Rupiah that a deposit has handed out in cash. */
function givenIdrOf({ purpose, totalIdr }: DepositRow): number {
  return purpose === "cash" ? totalIdr : 0;
}

/** The deposit of this id, which the caller has just written or read. Throws ProblemError `not_found` when there is none. */
export async function depositOf(db: Db, id: string): Promise<DepositRow> {
  const deposit = await findDeposit(db, id);
  if (deposit === null) throw new ProblemError("not_found", "there is no such deposit");
  return deposit;
}

const PROBLEM_OF: Partial<Record<DepositRefusalCode, ProblemCode>> = {
  unknown_waste_bank: "unknown_reference",
  unknown_member: "unknown_reference",
  unknown_user: "unknown_reference",
  unknown_scale: "unknown_reference",
  unknown_product: "unknown_reference",
  unknown_line: "unknown_reference",
  unknown_deposit: "not_found",
  conflict: "conflict",
  duplicate_visit: "conflict",
  unusual: "conflict",
  amounts_differ: "conflict",
  printed_wrong: "conflict",
  no_shift: "conflict",
  drawer_short: "conflict",
  shift_closed: "conflict",
  already_voided: "conflict",
  void_late: "conflict",
  spent: "conflict",
  sold: "conflict",
  taker_corrects: "forbidden",
  taker_honours: "forbidden",
  not_theirs: "forbidden",
};

/** The problem that a refusal is. */
export function problemOf({ code, reason, lines = [] }: DepositRefusal): ProblemError {
  const faults: FieldFault[] = lines.map((amountIdr, index) => ({
    path: `/lines/${index}/amount_idr`,
    message: `${amountIdr}`,
  }));
  if (code === "duplicate_visit")
    faults.push({ path: "/confirm_duplicate", message: "true: it is another load, post it" });
  if (code === "unusual") faults.push({ path: "/confirm_unusual", message: "true: it is right, post it" });
  return new ProblemError(PROBLEM_OF[code] ?? "refused", reason, { faults });
}

/** What to say when a reference is unknown that the store did not look up itself. */
export const DEPOSIT_WORDS = {
  exists: "this id was used for something else; draw a new one",
  unknown: "somebody or something that is named does not exist",
};
