/** What moved through a drawer in one shift. */
import { firstEventIdOf } from "@jumpa-madu/contracts/ids";
import { accountId } from "../ledger/account.ts";
import type { Db } from "../relational/relational-store.ts";
import { type Page, type PageRequest, pageOf } from "../rows/page.ts";
import { drawerKey } from "./shifts.ts";

/** One amount into the drawer (above 0) or out of it. */
export interface ShiftLine {
  id: string;
  /** Kind of the journal, such as `deposit` or `expense`. */
  kind: string;
  /** What it stands for, such as `expense:{id}`. */
  subject: string;
  amountIdr: number;
  occurredMs: number;
}

/**
 * Lines of a shift in the order in which they were posted, without its close. Null when there is no such shift.
 *
 * Shifts of one cashier share an account, so a shift's lines are those between the close before it and its own.
 */
export async function listShiftLines(
  db: Db,
  shiftId: string,
  { limit, after }: PageRequest,
): Promise<Page<ShiftLine> | null> {
  const shift = await db
    .selectFrom("shifts")
    .select(["id", "user_id as user", "waste_bank_id as wasteBank", "opened_ms as openedMs"])
    .where("id", "=", shiftId)
    .executeTakeFirst();
  if (shift === undefined) return null;
  const before = await db
    .selectFrom("shifts")
    .select("id")
    .where("user_id", "=", shift.user)
    .where("waste_bank_id", "=", shift.wasteBank)
    .where((eb) =>
      eb.or([
        eb("opened_ms", "<", shift.openedMs),
        eb.and([eb("opened_ms", "=", shift.openedMs), eb("id", "<", shift.id)]),
      ]),
    )
    .orderBy("opened_ms", "desc")
    .orderBy("id", "desc")
    .executeTakeFirst();
  const above = before === undefined ? "" : ((await endOf(db, before.id)) ?? "");
  const upto = await endOf(db, shift.id);
  const account = accountId(drawerKey(shift));
  let query = db
    .selectFrom("transfers")
    .innerJoin("journals", "journals.id", "transfers.journal_id")
    .select([
      "transfers.id",
      "transfers.debit_account_id as debit",
      "transfers.amount",
      "journals.kind",
      "journals.idempotency_key as subject",
      "journals.occurred_ms as occurredMs",
    ])
    .where((eb) =>
      eb.or([
        eb("transfers.debit_account_id", "=", account),
        eb("transfers.credit_account_id", "=", account),
      ]),
    )
    .where("transfers.phase", "in", ["post", "settle"])
    .where("journals.kind", "<>", "shift_close")
    .where("transfers.id", ">", after ?? above)
    .orderBy("transfers.id")
    .limit(limit + 1);
  if (upto !== null) query = query.where("transfers.id", "<=", upto);
  const rows = await query.execute();
  const lines = rows.map(({ debit, amount, ...row }) => ({
    ...row,
    amountIdr: debit === account ? amount : -amount,
  }));
  return pageOf(lines, limit, ({ id }) => id);
}

/** Id after which a shift has no transfer; null while it is open. */
async function endOf(db: Db, shift: string): Promise<string | null> {
  const close = await db
    .selectFrom("shift_closes")
    .leftJoin("transfers", "transfers.journal_id", "shift_closes.journal_id")
    .select((eb) => ["shift_closes.closed_ms as closedMs", eb.fn.max("transfers.id").as("last")])
    .where("shift_closes.shift_id", "=", shift)
    .groupBy("shift_closes.closed_ms")
    .executeTakeFirst();
  return close === undefined ? null : (close.last ?? firstEventIdOf(close.closedMs + 1));
}
