/**
 * Posts journals: the only way in which money and grams move.
 *
 * A journal is a set of transfers that belong together and commit together. A transfer moves one whole amount from one
 * account's credit to another's debit, at once (`post`) or held (`pend`) until it is settled or voided, once. The
 * database itself refuses overdraft, change and deletion, so that no caller can get round the rules.
 */
import { AMOUNT_IDR_MAX } from "@jumpa-madu/contracts/units";
import { sql } from "kysely";
import type { RelationalStore, Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import { sendInOrder } from "../relational/send-in-order.ts";
import { databaseRefusal } from "./database-refusal.ts";
import { draftJournal, type Movement, writesOf } from "./draft-journal.ts";
import { LedgerError, type Refusal } from "./ledger-error.ts";
import { holdAccounts } from "./lock-accounts.ts";

/** Largest amount of one transfer, in whole units of its ledger. */
export const TRANSFER_AMOUNT_MAX = AMOUNT_IDR_MAX;

/** Transfers of one journal. The longest that the programme makes is a deposit of 100 lines: 200. */
export const JOURNAL_TRANSFERS_MAX = 1_000;

/** A movement of money or grams, at once or held. */
export interface PostRequest {
  phase: "post" | "pend";
  debit: string;
  credit: string;
  amount: number;
}

/** One movement. `settle` and `void` name the pending transfer, whose accounts and amount they repeat. */
export type TransferRequest = PostRequest | { phase: "settle" | "void"; pending: string };

/** A journal to post. */
export interface JournalRequest {
  /** Names the request for ever: sent again it is not posted again. */
  idempotencyKey: string;
  kind: string;
  /** Who did it, such as `node:{id}` or `user:{id}`; never a person's name. */
  actor: string;
  occurredMs: number;
  transfers: TransferRequest[];
  /** Journal that this one takes back, transfer by transfer. */
  reverses?: string;
}

/** What became of a journal. `replayed`: the same request had been posted before. */
export type JournalOutcome =
  | { kind: "posted" | "replayed"; journalId: string; transferIds: string[] }
  | { kind: "refused"; refusal: Refusal };

/** Posts one journal in a transaction of its own. */
export function postJournal(store: RelationalStore, request: JournalRequest): Promise<JournalOutcome> {
  return store.transaction((tx) => postJournalWithin(tx, request));
}

/**
 * Posts one journal within the caller's transaction, which stays usable when the journal is refused.
 *
 * Throws LedgerError when the request has no transfers, more than JOURNAL_TRANSFERS_MAX, or an amount that is not a
 * whole number from 1 to TRANSFER_AMOUNT_MAX.
 */
export async function postJournalWithin(tx: Tx, request: JournalRequest): Promise<JournalOutcome> {
  checkRequest(request);
  const hash = hashOf(request);
  const before = await findPosted(tx, request.idempotencyKey);
  if (before !== null) return replay(before, hash);

  const movements = await resolveMovements(tx, request);
  if (movements === null) return { kind: "refused", refusal: "not_resolvable" };
  await holdAccounts(
    tx,
    movements.flatMap(({ debit, credit }) => [debit, credit]),
  );
  // The money of a second reversal is gone with the first; said so late, it would look like an overdraft.
  if (await isReversed(tx, request.reverses))
    return refusedUnlessPosted(tx, request, { hash, refusal: "already_resolved" });

  await sql`savepoint journal`.execute(tx);
  try {
    const draft = draftJournal(request, { hash, movements });
    const { journalId, transferIds } = draft;
    await sendInOrder(tx, writesOf(tx, [draft]));
    await sql`release savepoint journal`.execute(tx);
    return { kind: "posted", journalId, transferIds };
  } catch (error) {
    const refusal = databaseRefusal(error);
    if (refusal === null) throw error;
    await sql`rollback to savepoint journal`.execute(tx);
    return refusedUnlessPosted(tx, request, { hash, refusal });
  }
}

/** A journal that only moves at once what is there. */
export type PlainRequest = Omit<JournalRequest, "transfers" | "reverses"> & { transfers: PostRequest[] };

/**
 * Posts journals whose keys nobody has used, together with rows that need them: `rowsOf` makes their statements from the
 * journals' ids, which come in the order of the requests. For a caller who stands within a savepoint and holds the accounts;
 * nothing that `postJournalWithin` would read for them is read.
 *
 * A refusal is of all, and leaves the transaction to be rolled back to that savepoint. Throws as postJournalWithin does, what
 * the database says of the other rows, and that a key is taken after all.
 */
export async function postJournalsWith(
  tx: Tx,
  requests: PlainRequest[],
  rowsOf: (journalIds: string[]) => (() => Promise<unknown>)[],
): Promise<{ kind: "posted"; journalIds: string[] } | { kind: "refused"; refusal: Refusal }> {
  const drafts = requests.map((request) => {
    checkRequest(request);
    const movements = request.transfers.map((transfer) => ({ ...transfer, pending: null }));
    return draftJournal(request, { hash: hashOf(request), movements });
  });
  const journalIds = drafts.map(({ journalId }) => journalId);
  const said: { refusal: Refusal | null } = { refusal: null };
  const ofLedger = (send: () => Promise<unknown>) => async () => {
    try {
      await send();
    } catch (error) {
      said.refusal ??= databaseRefusal(error);
      throw error;
    }
  };
  try {
    await sendInOrder(tx, [...writesOf(tx, drafts).map(ofLedger), ...rowsOf(journalIds)]);
    return { kind: "posted", journalIds };
  } catch (error) {
    const { refusal } = said;
    if (refusal === null || refusal === "already_resolved") throw error;
    return { kind: "refused", refusal };
  }
}

/** Builds the request that takes a journal back: every transfer with its sides exchanged. */
export async function reversalOf(
  tx: Tx,
  journalId: string,
  request: Omit<JournalRequest, "transfers" | "reverses">,
): Promise<JournalRequest> {
  const rows = await tx
    .selectFrom("transfers")
    .select(["debit_account_id", "credit_account_id", "amount"])
    .where("journal_id", "=", journalId)
    .orderBy("line")
    .execute();
  const transfers = rows.map((row) => ({
    phase: "post" as const,
    debit: row.credit_account_id,
    credit: row.debit_account_id,
    amount: row.amount,
  }));
  return { ...request, reverses: journalId, transfers };
}

function checkRequest({ transfers }: JournalRequest): void {
  if (transfers.length === 0) throw new LedgerError("empty_journal", "a journal needs at least one transfer");
  if (transfers.length > JOURNAL_TRANSFERS_MAX) {
    throw new LedgerError(
      "long_journal",
      `${transfers.length} transfers; a journal has at most ${JOURNAL_TRANSFERS_MAX}`,
    );
  }
  for (const transfer of transfers) {
    if (!("amount" in transfer)) continue;
    const { amount } = transfer;
    if (!Number.isSafeInteger(amount) || amount < 1 || amount > TRANSFER_AMOUNT_MAX) {
      throw new LedgerError("bad_amount", `${amount} is not a whole amount from 1 to ${TRANSFER_AMOUNT_MAX}`);
    }
  }
}

function hashOf(request: JournalRequest): string {
  return requestHash({ ...request, idempotencyKey: undefined });
}

interface Posted {
  id: string;
  hash: string;
  transferIds: string[];
}

async function findPosted(tx: Tx, idempotencyKey: string): Promise<Posted | null> {
  const journal = await tx
    .selectFrom("journals")
    .select(["id", "request_hash"])
    .where("idempotency_key", "=", idempotencyKey)
    .executeTakeFirst();
  if (journal === undefined) return null;
  const rows = await tx
    .selectFrom("transfers")
    .select("id")
    .where("journal_id", "=", journal.id)
    .orderBy("line")
    .execute();
  return { id: journal.id, hash: journal.request_hash, transferIds: rows.map(({ id }) => id) };
}

function replay(before: Posted, hash: string): JournalOutcome {
  if (before.hash !== hash) return { kind: "refused", refusal: "idempotency_conflict" };
  return { kind: "replayed", journalId: before.id, transferIds: before.transferIds };
}

/** The refusal, unless it stands because another transaction has posted this very request in the meantime. */
async function refusedUnlessPosted(
  tx: Tx,
  { idempotencyKey }: JournalRequest,
  { hash, refusal }: { hash: string; refusal: Refusal },
): Promise<JournalOutcome> {
  const raced = await findPosted(tx, idempotencyKey);
  return raced === null ? { kind: "refused", refusal } : replay(raced, hash);
}

async function isReversed(tx: Tx, journalId: string | undefined): Promise<boolean> {
  if (journalId === undefined) return false;
  const row = await tx
    .selectFrom("journals")
    .select("id")
    .where("reverses_id", "=", journalId)
    .executeTakeFirst();
  return row !== undefined;
}

/** Completes settles and voids from what they resolve; null when one of those does not exist. */
async function resolveMovements(tx: Tx, { transfers }: JournalRequest): Promise<Movement[] | null> {
  const movements: Movement[] = [];
  for (const transfer of transfers) {
    if ("amount" in transfer) {
      movements.push({ ...transfer, pending: null });
      continue;
    }
    const pending = await tx
      .selectFrom("transfers")
      .select(["debit_account_id", "credit_account_id", "amount"])
      .where("id", "=", transfer.pending)
      .executeTakeFirst();
    if (pending === undefined) return null;
    movements.push({
      phase: transfer.phase,
      pending: transfer.pending,
      debit: pending.debit_account_id,
      credit: pending.credit_account_id,
      amount: pending.amount,
    });
  }
  return movements;
}
