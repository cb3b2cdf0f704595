/**
 * Rows of a history that were changed since an import has posted them. Posted as well, the new row would credit the same waste, or pay
 * the same money, a second time.
 */
import { DAY_MS, startOfDayMs } from "@jumpa-madu/contracts/local-day";
import type { Tx } from "../relational/relational-store.ts";

/** A row that is new to the books, the member that it is about, and the ids of all rows of the files. */
export interface NewRow {
  wasteBank: string;
  member: string;
  day: string;
  inFiles: ReadonlySet<string>;
}

const DAY_REASON = "of that day, and it is not in the files any more";

/** Why a new deposit would come on top of one that it replaces, as a sentence; null when it replaces none. */
export async function faultOfChangedDeposit(
  tx: Tx,
  { inFiles, ...of }: NewRow & { material: string; weightG: number; amountIdr: number },
): Promise<string | null> {
  for (const deposit of await standingDeposits(tx, of)) {
    const imported = await importedFirst(tx, deposit);
    if (imported === null || inFiles.has(imported)) continue;
    const stands = `the books hold ${deposit.netG} g for Rp ${deposit.amountIdr} of the same member and waste ${DAY_REASON}; this row says ${of.weightG} g for Rp ${of.amountIdr}`;
    return deposit.corrects === null
      ? `${stands}: put the row back as it was, and correct the deposit by POST /v1/deposits/${deposit.id}/correction; or take it back there without lines, and import again`
      : `${stands}: deposit ${deposit.id} has corrected it already, so leave this row out`;
  }
  return null;
}

/** Why a new withdrawal would come on top of one that it replaces, as a sentence; null when it replaces none. */
export async function faultOfChangedWithdrawal(
  tx: Tx,
  { wasteBank, member, day, inFiles, amountIdr }: NewRow & { amountIdr: number },
): Promise<string | null> {
  const rows = await tx
    .selectFrom("imported_withdrawals")
    .select(["id", "amount_idr as amountIdr"])
    .where("waste_bank_id", "=", wasteBank)
    .where("member_id", "=", member)
    .where("occurred_ms", ">=", startOfDayMs(day))
    .where("occurred_ms", "<", startOfDayMs(day) + DAY_MS)
    .orderBy("id")
    .execute();
  const gone = rows.find(({ id }) => !inFiles.has(id));
  if (gone === undefined) return null;
  return `the books hold a withdrawal of Rp ${gone.amountIdr} of the same member ${DAY_REASON}; this row says Rp ${amountIdr}: put the row back as it was, and settle the difference with the member by a payout or at the next one`;
}

interface StandingDeposit {
  id: string;
  corrects: string | null;
  netG: number;
  amountIdr: number;
}

/** Deposits of the member's day with that waste which nobody has taken back: imported ones, and those that correct others. */
async function standingDeposits(
  tx: Tx,
  { wasteBank, member, day, material }: Omit<NewRow, "inFiles"> & { material: string },
): Promise<StandingDeposit[]> {
  return await tx
    .selectFrom("deposits")
    .innerJoin("deposit_lines", "deposit_lines.deposit_id", "deposits.id")
    .leftJoin("deposit_voids", "deposit_voids.deposit_id", "deposits.id")
    .select([
      "deposits.id",
      "deposits.corrects_id as corrects",
      "deposit_lines.net_g as netG",
      "deposit_lines.amount_idr as amountIdr",
    ])
    .where("deposits.waste_bank_id", "=", wasteBank)
    .where("deposits.member_id", "=", member)
    .where("deposits.occurred_ms", ">=", startOfDayMs(day))
    .where("deposits.occurred_ms", "<", startOfDayMs(day) + DAY_MS)
    .where("deposit_lines.material_id", "=", material)
    .where("deposit_voids.id", "is", null)
    .where((eb) => eb.or([eb("deposits.source", "=", "import"), eb("deposits.corrects_id", "is not", null)]))
    .orderBy("deposits.id")
    .execute();
}

/** The imported deposit that a chain of corrections began with; null when it began with another kind. */
async function importedFirst(tx: Tx, deposit: StandingDeposit): Promise<string | null> {
  let { id, corrects } = deposit;
  let source = corrects === null ? "import" : "counter";
  while (corrects !== null) {
    const before: { id: string; corrects: string | null; source: string } = await tx
      .selectFrom("deposits")
      .select(["id", "corrects_id as corrects", "source"])
      .where("id", "=", corrects)
      .executeTakeFirstOrThrow();
    ({ id, corrects, source } = before);
  }
  return source === "import" ? id : null;
}
