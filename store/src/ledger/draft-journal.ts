/** A journal with its rows, before any of it is written. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Insertable } from "kysely";
import type { Tx } from "../relational/relational-store.ts";
import { inserter } from "../relational/statement.ts";
import type { Tables } from "../relational/tables.ts";
import type { JournalRequest, TransferRequest } from "./post-journal.ts";

/** One movement between two accounts, with the pending transfer that it resolves, if any. */
export interface Movement {
  phase: TransferRequest["phase"];
  debit: string;
  credit: string;
  amount: number;
  pending: string | null;
}

/** What is to be written. */
export interface JournalDraft {
  journalId: string;
  transferIds: string[];
  /** In the order in which they are to be inserted. */
  transfers: Insertable<Tables["transfers"]>[];
  journal: Insertable<Tables["journals"]>;
}

const insertTransfers = inserter("transfers", [
  "id",
  "journal_id",
  "line",
  "debit_account_id",
  "credit_account_id",
  "amount",
  "phase",
  "pending_id",
  "created_ms",
]);

const insertJournals = inserter("journals", [
  "id",
  "idempotency_key",
  "request_hash",
  "kind",
  "transfers",
  "reverses_id",
  "actor",
  "occurred_ms",
  "created_ms",
]);

/** The statements that write journals, for `sendInOrder`. Transfers first, journals last: their trigger then sees whether all are there. */
export function writesOf(tx: Tx, drafts: JournalDraft[]): (() => Promise<unknown>)[] {
  return [
    ...insertTransfers(
      tx,
      drafts.flatMap(({ transfers }) => transfers),
    ),
    ...insertJournals(
      tx,
      drafts.map(({ journal }) => journal),
    ),
  ];
}

/** Drafts a journal. */
export function draftJournal(
  request: JournalRequest,
  { hash, movements }: { hash: string; movements: Movement[] },
): JournalDraft {
  const nowMs = Date.now();
  const journalId = newEventId(nowMs);
  // Lists go by the id, so within a journal it must rise with the line.
  const transferIds = movements.map(() => newEventId(nowMs)).sort();
  const transfers: Insertable<Tables["transfers"]>[] = movements.map(
    ({ phase, debit, credit, amount, pending }, line) => ({
      id: transferIds[line] ?? "",
      journal_id: journalId,
      line,
      debit_account_id: debit,
      credit_account_id: credit,
      amount,
      phase,
      pending_id: pending,
      created_ms: nowMs,
    }),
  );
  // What was done last is taken back first: money that only passed through an account never leaves it below zero on the way back.
  if (request.reverses !== undefined) transfers.reverse();
  const journal = {
    id: journalId,
    idempotency_key: request.idempotencyKey,
    request_hash: hash,
    kind: request.kind,
    transfers: movements.length,
    reverses_id: request.reverses ?? null,
    actor: request.actor,
    occurred_ms: request.occurredMs,
    created_ms: nowMs,
  };
  return { journalId, transferIds, transfers, journal };
}
