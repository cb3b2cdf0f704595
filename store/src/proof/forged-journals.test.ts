import { newEventId } from "@jumpa-madu/contracts/ids";
import { beforeAll, expect, it } from "vitest";
import { accountId, openAccounts } from "../ledger/account.ts";
import { JOURNAL_KINDS } from "../ledger/journal-kinds.ts";
import { postJournal, type TransferRequest } from "../ledger/post-journal.ts";
import type { SampleAccounts } from "../ledger/sample-accounts.ts";
import { sampleAccounts } from "../ledger/sample-accounts.ts";
import { type Violation, verifyLedger } from "../ledger/verify-ledger.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { tampered } from "../stock/sample-stock.ts";
import { sealAll } from "./seals.ts";

onEachEngine("a journal that was slipped in", (suite) => {
  let accounts: SampleAccounts;
  let capital: string;

  beforeAll(async () => {
    accounts = await sampleAccounts(suite.store);
    const key = { kind: "capital", ledger: "IDR", wasteBank: accounts.wasteBank } as const;
    await openAccounts(suite.store.db, [key], 0);
    capital = accountId(key);
  });

  /** Posts and seals a journal as somebody could who has the database, and answers what the verification says of it. */
  async function forged(kind: string, transfer: TransferRequest, key = `${kind}:${newEventId()}`) {
    const posted = await postJournal(suite.store, {
      idempotencyKey: key,
      kind,
      actor: "user:nobody",
      occurredMs: 1,
      transfers: [transfer],
    });
    if (posted.kind === "refused") throw new Error(posted.refusal);
    await sealAll(suite.store, { since: "ever", nowMs: Date.now() });
    const ids = [posted.journalId, ...posted.transferIds];
    return (await verifyLedger(suite.store.db)).filter(({ id }) => ids.includes(id));
  }

  const whats = (violations: Violation[]) => violations.map(({ what }) => what);
  const gift = (): TransferRequest => ({
    phase: "post",
    debit: capital,
    credit: accounts.member1,
    amount: 1_000_000,
  });

  it.each(["gift", "test", "Deposit"])("is of no kind that the books know: %s", async (kind) => {
    expect(whats(await forged(kind, gift()))).toEqual(["is of a kind that the books know"]);
  });

  it.each(Object.entries(JOURNAL_KINDS))("is named by no row: %s", async (kind, { table }) => {
    const found = whats(await forged(kind, gift()));
    expect(found).toContain(`a journal ${kind} belongs to a row of ${table}`);
    expect(found).toHaveLength(2);
  });

  it("is told even when it moves what its kind moves", async () => {
    const move = { phase: "post", debit: accounts.member1, credit: accounts.member2, amount: 700 } as const;
    expect(whats(await forged("book_move", move))).toEqual([
      "a journal book_move belongs to a row of book_moves",
    ]);
  });

  it("is told when a row names it that says nothing of the kind", async () => {
    const [id, to] = [newEventId(), newEventId()];
    await suite.store.db
      .insertInto("savings_products")
      .values({ id: to, waste_bank_id: accounts.wasteBank, name: "L", created_ms: 0, created_by: "user:x" })
      .execute();
    const [, , wasteBank = "", member = ""] = accounts.member1.split("/");
    const book = { member_id: member, waste_bank_id: wasteBank, opened_ms: 0, closed_ms: null };
    await suite.store.db
      .insertInto("books")
      .values({ id: to, ...book, product_id: to, is_default: 0 })
      .execute();
    const from = await suite.store.db
      .selectFrom("books")
      .select("id")
      .where("member_id", "=", member)
      .where("product_id", "=", "regular")
      .executeTakeFirstOrThrow();
    await forged("book_move", gift(), `book_move:${id}`);
    const journal = await suite.store.db
      .selectFrom("journals")
      .select("id")
      .where("idempotency_key", "=", `book_move:${id}`)
      .executeTakeFirstOrThrow();
    await suite.store.db
      .insertInto("book_moves")
      .values({
        id,
        body_hash: "",
        from_book_id: from.id,
        to_book_id: to,
        amount_idr: 1_000_000,
        journal_id: journal.id,
        moved_by: "user:nobody",
        moved_ms: 1,
      })
      .execute();
    const found = (await verifyLedger(suite.store.db)).filter(({ table }) => table !== "journals");
    const told = found.map(({ table, what }) => `${table}: ${what}`);
    expect(told).toContain("transfers: moves what its kind of journal moves, within one waste bank");
    expect(told).toContain("book_moves: its journal moves its amount from book to book");
    expect(told).toContain("book_moves: moved_by is who did it by the audit log");
  });

  it("leaves a row behind that names no journal of its kind", async () => {
    const found = await tampered(
      suite.store,
      ["update journals set kind = 'sale' where kind = 'book_move'"],
      (tx) => verifyLedger(tx),
    );
    expect(found.map(({ table, what }) => `${table}: ${what}`)).toContain(
      "book_moves: its journal is there, and of its kind",
    );
  });
});
