/**
 * Posts records to the books: each once, whatever the number of times it arrives.
 *
 * A record is posted within the caller's transaction, so that its books and its stream position commit together.
 */
import { AMOUNT_RULE } from "@jumpa-madu/contracts/amount";
import type { Deposit, DepositVoid, LedgerRecord, ScaleCheck } from "@jumpa-madu/contracts/records";
import { sql } from "kysely";
import { type AccountKey, accountId, gramsLedger, openAccounts } from "../ledger/account.ts";
import { postJournalWithin, reversalOf, type TransferRequest } from "../ledger/post-journal.ts";
import { dataTrouble } from "../relational/data-trouble.ts";
import type { RelationalStore, Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import { faultOfDeposit, type RecordFault } from "./deposit-check.ts";

/** What became of a record. `duplicate`: the same record was posted before, nothing was done. */
export type RecordOutcome = { kind: "posted" | "duplicate" } | ({ kind: "refused" } & RecordFault);

/** Where a record came from and when. */
export interface RecordOrigin {
  engine: RelationalStore["engine"];
  node: string;
  receivedMs: number;
}

/**
 * Posts one record. Whatever lies in the record is an outcome and leaves no trace, so that the other records of the
 * transaction stand; what is thrown is trouble of the store and spoils the transaction.
 */
export async function postRecord(tx: Tx, origin: RecordOrigin, record: LedgerRecord): Promise<RecordOutcome> {
  for (let look = 1; ; look++) {
    await sql`savepoint record`.execute(tx);
    try {
      const outcome = await postByKind(tx, origin, record);
      if (outcome.kind === "refused") await sql`rollback to savepoint record`.execute(tx);
      await sql`release savepoint record`.execute(tx);
      return outcome;
    } catch (error) {
      const trouble = dataTrouble(error);
      if (trouble === null) throw error;
      await sql`rollback to savepoint record`.execute(tx);
      // Another transaction has stored this id or receipt meanwhile: the second look sees it and tells which.
      if (trouble === "taken" && look === 1) continue;
      return refused("store_refused", `the database refuses ${record.kind} ${record.id}: ${String(error)}`);
    }
  }
}

function postByKind(tx: Tx, origin: RecordOrigin, record: LedgerRecord): Promise<RecordOutcome> {
  switch (record.kind) {
    case "deposit":
      return postDeposit(tx, origin, record);
    case "deposit_void":
      return postVoid(tx, origin, record);
    case "scale_check":
      return keepScaleCheck(tx, origin, record);
  }
}

async function postDeposit(tx: Tx, origin: RecordOrigin, deposit: Deposit): Promise<RecordOutcome> {
  const bodyHash = requestHash(deposit);
  // One statement: between two, another transaction could commit this very deposit, whose receipt would seem another's.
  const before = await tx
    .selectFrom("deposits")
    .select(["id", "body_hash"])
    .where((eb) =>
      eb.or([
        eb("id", "=", deposit.id),
        eb.and([eb("node_id", "=", origin.node), eb("receipt_no", "=", deposit.receipt_no)]),
      ]),
    )
    .execute();
  const same = before.find(({ id }) => id === deposit.id);
  if (same !== undefined) return sameOrConflict(same.body_hash === bodyHash, `deposit ${deposit.id}`);
  const other = before[0];
  if (other !== undefined) {
    return refused(
      "deposit_conflict",
      `receipt ${deposit.receipt_no} of node ${origin.node} belongs to deposit ${other.id}`,
    );
  }
  const fault = await faultOfDeposit(tx, origin.node, deposit);
  if (fault !== null) return { kind: "refused", ...fault };

  const { keys, transfers } = movementsOf(deposit);
  await openAccounts(tx, keys, origin.receivedMs);
  const journal = await postJournalWithin(origin.engine, tx, {
    idempotencyKey: `deposit:${deposit.id}`,
    kind: "deposit",
    actor: `node:${origin.node}`,
    occurredMs: deposit.t,
    transfers,
  });
  if (journal.kind === "refused") {
    const code = journal.refusal === "idempotency_conflict" ? "deposit_conflict" : "ledger_refused";
    return refused(code, `the ledger refuses deposit ${deposit.id}: ${journal.refusal}`);
  }
  await insertDeposit(tx, origin, deposit, { bodyHash, journalId: journal.journalId });
  return { kind: "posted" };
}

/** Accounts and transfers of a deposit: rupiah from the store's value to the member, grams from intake to the store. */
function movementsOf(deposit: Deposit): { keys: AccountKey[]; transfers: TransferRequest[] } {
  const wasteBank = deposit.waste_bank;
  const savings: AccountKey = { kind: "member_savings", ledger: "IDR", wasteBank, member: deposit.member };
  const value: AccountKey = { kind: "stock_value", ledger: "IDR", wasteBank };
  const keys = new Map([savings, value].map((key) => [accountId(key), key]));
  const transfers: TransferRequest[] = [];
  for (const line of deposit.lines) {
    const stock: AccountKey = { kind: "stock", ledger: gramsLedger(line.material), wasteBank };
    const intake: AccountKey = { kind: "intake", ledger: gramsLedger(line.material), wasteBank };
    keys.set(accountId(stock), stock).set(accountId(intake), intake);
    transfers.push({ phase: "post", debit: accountId(stock), credit: accountId(intake), amount: line.net_g });
    // A material without a price still counts in grams.
    if (line.amount_idr === 0) continue;
    transfers.push({
      phase: "post",
      debit: accountId(value),
      credit: accountId(savings),
      amount: line.amount_idr,
    });
  }
  return { keys: [...keys.values()], transfers };
}

async function insertDeposit(
  tx: Tx,
  origin: RecordOrigin,
  deposit: Deposit,
  { bodyHash, journalId }: { bodyHash: string; journalId: string },
): Promise<void> {
  await tx
    .insertInto("deposits")
    .values({
      id: deposit.id,
      body_hash: bodyHash,
      node_id: origin.node,
      waste_bank_id: deposit.waste_bank,
      member_id: deposit.member,
      receipt_no: deposit.receipt_no,
      total_idr: deposit.total_idr,
      amount_rule: AMOUNT_RULE,
      journal_id: journalId,
      occurred_ms: deposit.t,
      received_ms: origin.receivedMs,
    })
    .execute();
  await tx
    .insertInto("deposit_lines")
    .values(
      deposit.lines.map((line, index) => ({
        deposit_id: deposit.id,
        line: index,
        material_id: line.material,
        price_id: line.price,
        price_idr_per_kg: line.price_idr_per_kg,
        gross_g: line.gross_g ?? null,
        tare_g: line.tare_g ?? null,
        net_g: line.net_g,
        stable: line.stable === null ? null : line.stable ? (1 as const) : (0 as const),
        scale_id: line.scale,
        verified_until_ms: line.verified_until ?? null,
        raw: line.raw ?? null,
        supervisor_id: line.typed?.supervisor ?? null,
        typed_reason: line.typed === undefined ? null : printable(line.typed.reason),
        amount_idr: line.amount_idr,
      })),
    )
    .execute();
}

async function postVoid(tx: Tx, origin: RecordOrigin, record: DepositVoid): Promise<RecordOutcome> {
  const bodyHash = requestHash(record);
  const before = await tx
    .selectFrom("deposit_voids")
    .select("body_hash")
    .where("id", "=", record.id)
    .executeTakeFirst();
  if (before !== undefined) return sameOrConflict(before.body_hash === bodyHash, `void ${record.id}`);
  const deposit = await tx
    .selectFrom("deposits")
    .select(["journal_id", "node_id"])
    .where("id", "=", record.deposit)
    .executeTakeFirst();
  if (deposit === undefined || deposit.node_id !== origin.node) {
    return refused(
      "unknown_deposit",
      `node ${origin.node} has no deposit ${record.deposit}; only the terminal that took a deposit may void it`,
    );
  }
  const other = await tx
    .selectFrom("deposit_voids")
    .select("id")
    .where("deposit_id", "=", record.deposit)
    .executeTakeFirst();
  if (other !== undefined)
    return refused("deposit_conflict", `deposit ${record.deposit} was voided before, by ${other.id}`);

  const request = await reversalOf(tx, deposit.journal_id, {
    idempotencyKey: `deposit_void:${record.id}`,
    kind: "deposit_void",
    actor: `node:${origin.node}`,
    occurredMs: record.t,
  });
  const journal = await postJournalWithin(origin.engine, tx, request);
  if (journal.kind === "refused") {
    const code = journal.refusal === "already_resolved" ? "deposit_conflict" : "ledger_refused";
    return refused(code, `the ledger refuses to void deposit ${record.deposit}: ${journal.refusal}`);
  }
  await tx
    .insertInto("deposit_voids")
    .values({
      id: record.id,
      body_hash: bodyHash,
      deposit_id: record.deposit,
      reason: printable(record.reason),
      journal_id: journal.journalId,
      occurred_ms: record.t,
      received_ms: origin.receivedMs,
    })
    .execute();
  return { kind: "posted" };
}

async function keepScaleCheck(tx: Tx, origin: RecordOrigin, record: ScaleCheck): Promise<RecordOutcome> {
  const bodyHash = requestHash(record);
  const before = await tx
    .selectFrom("scale_checks")
    .select("body_hash")
    .where("id", "=", record.id)
    .executeTakeFirst();
  if (before !== undefined) return sameOrConflict(before.body_hash === bodyHash, `scale check ${record.id}`);
  const device = await tx
    .selectFrom("devices")
    .select("id")
    .where("node_id", "=", origin.node)
    .where("scale_id", "=", record.scale)
    .executeTakeFirst();
  if (device === undefined) {
    return refused(
      "unknown_device",
      `scale ${record.scale} is not registered at node ${origin.node}; register it there`,
    );
  }
  await tx
    .insertInto("scale_checks")
    .values({
      id: record.id,
      body_hash: bodyHash,
      scale_id: record.scale,
      node_id: origin.node,
      reference_g: record.reference_g,
      shown_g: record.shown_g,
      occurred_ms: record.t,
      received_ms: origin.receivedMs,
    })
    .execute();
  return { kind: "posted" };
}

/** PostgreSQL text refuses NUL, and the money must not wait for it. */
function printable(text: string): string {
  return text.replaceAll("\0", "\uFFFD");
}

function sameOrConflict(isSame: boolean, what: string): RecordOutcome {
  if (isSame) return { kind: "duplicate" };
  return refused("deposit_conflict", `${what} was posted before with another body; the first one stands`);
}

function refused(code: RecordFault["code"], reason: string): RecordOutcome {
  return { kind: "refused", code, reason };
}
