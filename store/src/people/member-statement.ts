/** Statement of a member: what came into the savings and what left them, as a passbook shows it. */
import { sql } from "kysely";
import type { Db } from "../relational/relational-store.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";
import { cashReceipts } from "../savings/passbook-details.ts";

/** One journal as one account of the member saw it. `amountIdr` is above zero when it came in. */
export interface StatementLine {
  journal: string;
  /** The book's account. */
  account: string;
  kind: string;
  occurredMs: number;
  wasteBank: string;
  amountIdr: number;
  /** Deposit that the journal posts or takes back; null when it is about something else. */
  deposit: string | null;
  /** Of the deposit, or of the cash that a payout has handed out. */
  receiptNo: string | null;
}

/** Lines of a member's savings, newest first; of one waste bank when it is given. What is only pending is not among them. */
export async function listStatement(
  db: Db,
  { member, wasteBank }: { member: string; wasteBank: string | null },
  { limit, after }: PageRequest,
): Promise<Page<StatementLine>> {
  let query = db
    .selectFrom("accounts")
    .innerJoin("transfers", (join) =>
      join.on((eb) =>
        eb.or([
          eb("transfers.debit_account_id", "=", eb.ref("accounts.id")),
          eb("transfers.credit_account_id", "=", eb.ref("accounts.id")),
        ]),
      ),
    )
    .innerJoin("journals", "journals.id", "transfers.journal_id")
    .leftJoin("deposit_voids", "deposit_voids.journal_id", "journals.id")
    .leftJoin("deposits", (join) =>
      join.on((eb) =>
        eb.or([
          eb("deposits.journal_id", "=", eb.ref("journals.id")),
          eb("deposits.id", "=", eb.ref("deposit_voids.deposit_id")),
        ]),
      ),
    )
    .select([
      "journals.id as journal",
      "journals.kind as kind",
      "journals.occurred_ms as occurredMs",
      "accounts.id as account",
      "accounts.waste_bank_id as wasteBank",
      "deposits.id as deposit",
      "deposits.receipt_no as receiptNo",
      sql<number>`sum(case when transfers.credit_account_id = accounts.id then transfers.amount else -transfers.amount end)`.as(
        "amountIdr",
      ),
    ])
    .where("accounts.member_id", "=", member)
    .where("accounts.kind", "=", "member_savings")
    .where("transfers.phase", "in", ["post", "settle"])
    .groupBy([
      "journals.id",
      "journals.kind",
      "journals.occurred_ms",
      "accounts.id",
      "accounts.waste_bank_id",
      "deposits.id",
      "deposits.receipt_no",
    ])
    .orderBy("journals.occurred_ms", "desc")
    .orderBy("journals.id", "desc")
    .orderBy("accounts.id", "desc")
    .limit(limit + 1);
  if (wasteBank !== null) query = query.where("accounts.waste_bank_id", "=", wasteBank);
  if (after !== null) {
    query = query.where(isBefore(["journals.occurred_ms", "journals.id", "accounts.id"], after));
  }
  const page = pageOf(await query.execute(), limit, (line) =>
    momentCursor(line.occurredMs, line.journal, line.account),
  );
  const receipts = await cashReceipts(
    db,
    page.items.map(({ journal }) => journal),
  );
  const items = page.items.map((line) => ({
    ...line,
    receiptNo: line.receiptNo ?? receipts.get(line.journal) ?? null,
  }));
  return { ...page, items };
}
