/** Accounts for tests of the ledger: one waste bank, members, and money to move. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { RelationalStore } from "../relational/relational-store.ts";
import { accountId, openAccounts } from "./account.ts";
import {
  type JournalOutcome,
  type JournalRequest,
  postJournal,
  type TransferRequest,
} from "./post-journal.ts";

/** Any moment: 2026-01-01T00:00:00Z. */
export const NOW_MS = 1_767_225_600_000;

/** Ids of the accounts of a new waste bank. */
export interface SampleAccounts {
  wasteBank: string;
  /** What the waste bank's store is worth: rises on the debit side. */
  value: string;
  /** Savings of two members: rise on the credit side. */
  member1: string;
  member2: string;
  /** Grams of plastic. */
  stock: string;
  intake: string;
}

/** Makes a waste bank with accounts that nothing else uses. */
export async function sampleAccounts(store: RelationalStore): Promise<SampleAccounts> {
  const wasteBank = `wb-${newEventId()}`;
  const [member1, member2] = [newEventId(), newEventId()];
  const { db } = store;
  await db
    .insertInto("zones")
    .values({ id: "zone", name: "zone" })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await db
    .insertInto("waste_banks")
    .values({ id: wasteBank, name: wasteBank, zone_id: "zone", lat: 3.5, lon: 98.8, created_ms: NOW_MS })
    .execute();
  await db
    .insertInto("members")
    .values(
      [member1, member2].map((id) => ({
        id,
        number: id,
        waste_bank_id: wasteBank,
        created_ms: NOW_MS,
      })),
    )
    .execute();
  await db
    .insertInto("books")
    .values(
      [member1, member2].map((member) => ({
        id: newEventId(),
        member_id: member,
        waste_bank_id: wasteBank,
        product_id: "regular",
        is_default: 1 as const,
        opened_ms: NOW_MS,
        closed_ms: null,
      })),
    )
    .execute();
  const keys = {
    value: { kind: "stock_value", ledger: "IDR", wasteBank, part: "pet" },
    member1: { kind: "member_savings", ledger: "IDR", wasteBank, member: member1, part: "regular" },
    member2: { kind: "member_savings", ledger: "IDR", wasteBank, member: member2, part: "regular" },
    stock: { kind: "stock", ledger: "g:pet", wasteBank },
    intake: { kind: "intake", ledger: "g:pet", wasteBank },
  } as const;
  await openAccounts(db, Object.values(keys), NOW_MS);
  return {
    wasteBank,
    value: accountId(keys.value),
    member1: accountId(keys.member1),
    member2: accountId(keys.member2),
    stock: accountId(keys.stock),
    intake: accountId(keys.intake),
  };
}

/** A request of these transfers under a new key. */
export function journalOf(transfers: TransferRequest[], rest: Partial<JournalRequest> = {}): JournalRequest {
  return {
    idempotencyKey: newEventId(),
    kind: "test",
    actor: "user:test",
    occurredMs: NOW_MS,
    transfers,
    ...rest,
  };
}

/** Posts a journal that must be posted, and answers its ids. */
export async function posted(
  store: RelationalStore,
  request: JournalRequest,
): Promise<Exclude<JournalOutcome, { kind: "refused" }>> {
  const outcome = await postJournal(store, request);
  if (outcome.kind === "refused") throw new Error(`refused: ${outcome.refusal}`);
  return outcome;
}

/** Gives a member money: the store's value rises by as much. */
export function give(accounts: SampleAccounts, to: "member1" | "member2", amount: number): JournalRequest {
  return journalOf([{ phase: "post", debit: accounts.value, credit: accounts[to], amount }]);
}
