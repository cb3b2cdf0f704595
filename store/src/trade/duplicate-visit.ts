/** Notices a deposit that looks like one which was just taken: the same load entered twice. */
import type { Tx } from "../relational/relational-store.ts";
import { type DepositRefusal, refusedDeposit } from "./deposit-refusal.ts";

/** How far apart two deposits may be and still look like one, in milliseconds. */
const ALIKE_MS = 10 * 60_000;

/** How far apart two weights of one material may be and still look like one, in grams. */
const ALIKE_G = 50;

/** A deposit as far as another could be taken for it. */
interface Visit {
  wasteBank: string;
  member: string;
  occurredMs: number;
  lines: { material: string; weight: { netG: number } | null }[];
}

/** Refusal that names the deposit which this one looks like; null when there is none. Those that were taken back are passed over. */
export async function duplicateOf(
  tx: Tx,
  { wasteBank, member, occurredMs, lines }: Visit,
): Promise<DepositRefusal | null> {
  const rows = await tx
    .selectFrom("deposits")
    .innerJoin("deposit_lines", "deposit_lines.deposit_id", "deposits.id")
    .leftJoin("deposit_voids", "deposit_voids.deposit_id", "deposits.id")
    .select([
      "deposits.receipt_no as receiptNo",
      "deposit_lines.material_id as material",
      "deposit_lines.net_g as netG",
    ])
    .where("deposits.member_id", "=", member)
    .where("deposits.waste_bank_id", "=", wasteBank)
    .where("deposits.occurred_ms", ">=", occurredMs - ALIKE_MS)
    .where("deposits.occurred_ms", "<=", occurredMs + ALIKE_MS)
    .where("deposit_voids.id", "is", null)
    .orderBy("deposits.occurred_ms", "desc")
    .orderBy("deposit_lines.line")
    .execute();
  for (const { material, weight } of lines) {
    if (weight === null) continue;
    const like = rows.find((row) => row.material === material && Math.abs(row.netG - weight.netG) <= ALIKE_G);
    if (like === undefined) continue;
    return refusedDeposit(
      "duplicate_visit",
      `receipt ${like.receiptNo} of the last minutes has ${like.netG} g of ${material} of the same member; if this is another load, send it again with confirm_duplicate: true`,
    );
  }
  return null;
}
