/**
 * The close of a day: for each waste bank what came in, what went out, and where it stands, up to one seal of the journals.
 *
 * A close takes over where the one before ended, so a deposit that a terminal sends days late is in the next close, not in
 * none. Its balances are the ones of the close before plus what the sealed journals between moved; `ledger verify` compares
 * them with the counters of the accounts.
 */

import { newEventId } from "@jumpa-madu/contracts/ids";
import { DAY_MS, dayOf, startOfDayMs } from "@jumpa-madu/contracts/local-day";
import { type Selectable, sql } from "kysely";
import { verifyLedger } from "../ledger/verify-ledger.ts";
import type { Violation } from "../ledger/violation.ts";
import type { Db, RelationalStore, Tx } from "../relational/relational-store.ts";
import type { Tables } from "../relational/tables.ts";
import { recordDeed } from "./audit.ts";
import { headsOf, writeHeads } from "./chain-heads.ts";
import { type ChainHead, sealAll, sealRows } from "./seals.ts";

/** What accounts of one kind in one ledger moved since the close before, and where they stand now, in units of the ledger. */
export interface CloseTotal {
  /** `IDR`, or `g:{material}`. */
  ledger: string;
  kind: string;
  debits: number;
  credits: number;
  /** Debits less credits since the books began. */
  standing: number;
}

/** How often journals of one kind were posted since the close before. */
export interface CloseCount {
  kind: string;
  journals: number;
}

export interface CloseTotals {
  accounts: CloseTotal[];
  journals: CloseCount[];
}

export interface Close {
  id: string;
  wasteBank: string;
  day: string;
  journals: Pick<ChainHead, "seq" | "hash">;
  audit: Pick<ChainHead, "seq" | "hash">;
  totals: CloseTotals;
  violations: number;
  closedBy: string;
  closedMs: number;
}

/** A waste bank whose day was not closed, and why. */
export interface SkippedClose {
  wasteBank: string;
  reason: string;
}

/** What a run of the close did. `skipped`: waste banks whose day was closed before, or that did not exist on it yet. */
export interface CloseRun {
  closed: Close[];
  skipped: SkippedClose[];
  violations: Violation[];
  /** Heads of all chains when it was done, in one line, to be kept elsewhere: `ledger verify --heads` holds the books against them. */
  heads: string;
}

/**
 * Seals all rows, verifies the books and closes the day for every waste bank, or for one. What the verification finds is
 * counted in the close and does not stop it: a close that is missing would hide the trouble.
 *
 * Throws RangeError when the day is none, or has not ended yet at `nowMs`.
 */
export async function closeDay(
  store: RelationalStore,
  of: { day: string; wasteBank: string | null; by: string; nowMs: number },
): Promise<CloseRun> {
  if (startOfDayMs(of.day) + DAY_MS > of.nowMs) throw new RangeError(`the day ${of.day} has not ended yet`);
  await sealAll(store, { since: "ever", nowMs: of.nowMs });
  const violations = await verifyLedger(store.db);
  const wasteBanks = await store.db
    .selectFrom("waste_banks")
    .select(["id", "created_ms as createdMs"])
    .$if(of.wasteBank !== null, (query) => query.where("id", "=", of.wasteBank ?? ""))
    .orderBy("id")
    .execute();
  const chains = await headsOf(store.db);
  const heads = { journals: chains.journals, audit: chains.audit_events };
  const said = writeHeads(chains);
  const movements = new Movements(store.db, heads.journals.seq);
  const run: Omit<CloseRun, "heads"> = { closed: [], skipped: [], violations };
  for (const { id: wasteBank, createdMs } of wasteBanks) {
    // Its first close would hold the money of a later day under a day on which nothing was there.
    const madeOn = dayOf(createdMs);
    if (madeOn > of.day) {
      run.skipped.push({ wasteBank, reason: `it was made on ${madeOn}: nothing was there to close` });
      continue;
    }
    const before = await lastClose(store.db, wasteBank);
    const totals = await movements.totalsSince(before, wasteBank);
    const close: Close = {
      id: newEventId(of.nowMs),
      wasteBank,
      day: of.day,
      ...heads,
      totals,
      violations: violations.length,
      closedBy: of.by,
      closedMs: of.nowMs,
    };
    if (before !== null && before.day >= of.day)
      run.skipped.push({ wasteBank, reason: `it is closed up to ${before.day} already` });
    else if (await store.transaction((tx) => keepClose(tx, close, said))) run.closed.push(close);
    else run.skipped.push({ wasteBank, reason: "another process has closed the day meanwhile" });
  }
  // The deeds of the closes at once: who takes a close out must break the chain to take out its deed.
  if (run.closed.length > 0) await sealRows(store, "audit_events", { since: "last", nowMs: of.nowMs });
  return { ...run, heads: writeHeads(await headsOf(store.db)) };
}

/**
 * Keeps the close with a deed that has the fingerprint of its row and the heads of all chains. False when the day of the waste
 * bank is closed already, by another process meanwhile.
 */
async function keepClose(tx: Tx, close: Close, heads: string): Promise<boolean> {
  const row: Selectable<Tables["closes"]> = {
    id: close.id,
    waste_bank_id: close.wasteBank,
    day: close.day,
    upto_seq: close.journals.seq,
    head_hash: close.journals.hash,
    audit_seq: close.audit.seq,
    audit_head_hash: close.audit.hash,
    totals: JSON.stringify(close.totals),
    violations: close.violations,
    closed_by: close.closedBy,
    closed_ms: close.closedMs,
  };
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("closes")
    .values(row)
    .onConflict((conflict) => conflict.columns(["waste_bank_id", "day"]).doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows !== 1n) return false;
  await recordDeed(tx, {
    actor: close.closedBy,
    action: "day.closed",
    subject: `close:${close.id}`,
    reason: heads,
    atMs: close.closedMs,
  });
  return true;
}

interface LastClose {
  day: string;
  uptoSeq: number;
  totals: CloseTotals;
}

async function lastClose(db: Db, wasteBank: string): Promise<LastClose | null> {
  const row = await db
    .selectFrom("closes")
    .select(["day", "upto_seq as uptoSeq", "totals"])
    .where("waste_bank_id", "=", wasteBank)
    .orderBy("day", "desc")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : { ...row, totals: JSON.parse(row.totals) };
}

type Moved = Pick<CloseTotal, "ledger" | "kind" | "debits" | "credits"> & { wasteBank: string };

/**
 * What the sealed journals of a span moved, for all waste banks at once: most were closed up to the same seal, and to read a
 * span anew for each of a thousand would take hours. What is sealed no longer changes, so no transaction is needed.
 */
class Movements {
  readonly #db: Db;
  readonly #upto: number;
  readonly #spans = new Map<number, { moved: Moved[]; counts: (CloseCount & { wasteBank: string })[] }>();

  constructor(db: Db, upto: number) {
    this.#db = db;
    this.#upto = upto;
  }

  async totalsSince(before: LastClose | null, wasteBank: string): Promise<CloseTotals> {
    const above = before?.uptoSeq ?? 0;
    const span = this.#spans.get(above) ?? (await this.#read(above));
    this.#spans.set(above, span);
    const totals = new Map(
      (before?.totals.accounts ?? []).map((one) => [keyOf(one), { ...one, debits: 0, credits: 0 }]),
    );
    for (const { ledger, kind, debits, credits } of span.moved.filter((one) => one.wasteBank === wasteBank)) {
      const earlier = totals.get(keyOf({ ledger, kind }))?.standing ?? 0;
      const total = { ledger, kind, debits, credits, standing: earlier + debits - credits };
      totals.set(keyOf(total), total);
    }
    const accounts = [...totals.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    const journals = span.counts
      .filter((one) => one.wasteBank === wasteBank)
      .map(({ kind, journals }) => ({ kind, journals }));
    return { accounts, journals };
  }

  async #read(above: number) {
    const sealed = sql`seals s join transfers t on t.journal_id = s.row_id
      where s.chain = 'journals' and s.seq > ${above} and s.seq <= ${this.#upto}`;
    const { rows: moved } = await sql<Moved>`
      select a.waste_bank_id as "wasteBank", a.ledger as "ledger", a.kind as "kind",
        cast(sum(m.debit) as bigint) as "debits", cast(sum(m.credit) as bigint) as "credits"
      from (
        select t.debit_account_id as account_id, t.amount as debit, 0 as credit from ${sealed} and t.phase in ('post', 'settle')
        union all
        select t.credit_account_id, 0, t.amount from ${sealed} and t.phase in ('post', 'settle')
      ) m join accounts a on a.id = m.account_id
      group by a.waste_bank_id, a.ledger, a.kind`.execute(this.#db);
    const { rows: counts } = await sql<CloseCount & { wasteBank: string }>`
      select a.waste_bank_id as "wasteBank", j.kind as "kind", count(distinct j.id) as "journals"
      from (
        select t.journal_id, t.debit_account_id as account_id from ${sealed}
        union all
        select t.journal_id, t.credit_account_id from ${sealed}
      ) p join accounts a on a.id = p.account_id join journals j on j.id = p.journal_id
      group by a.waste_bank_id, j.kind order by a.waste_bank_id, j.kind`.execute(this.#db);
    return { moved, counts };
  }
}

function keyOf({ ledger, kind }: Pick<CloseTotal, "ledger" | "kind">): string {
  return `${ledger}/${kind}`;
}
