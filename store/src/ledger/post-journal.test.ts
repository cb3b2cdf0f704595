import { newEventId } from "@jumpa-madu/contracts/ids";
import { sql } from "kysely";
import { beforeEach, describe, expect, it } from "vitest";
import { onEachEngine } from "../relational/engine-suite.ts";
import { type AccountKey, accountId, availableOf, balanceOf, findAccount, openAccounts } from "./account.ts";
import { linesOfAccount } from "./account-lines.ts";
import {
  JOURNAL_TRANSFERS_MAX,
  type JournalRequest,
  postJournal,
  postJournalWithin,
  reversalOf,
  TRANSFER_AMOUNT_MAX,
  type TransferRequest,
} from "./post-journal.ts";
import { give, journalOf, NOW_MS, posted, type SampleAccounts, sampleAccounts } from "./sample-accounts.ts";
import { verifySample } from "./sample-journals.ts";

onEachEngine("posting a journal", (suite) => {
  let a: SampleAccounts;
  beforeEach(async () => {
    a = await sampleAccounts(suite.store);
  });

  async function standing(account: string): Promise<{ balance: number; available: number }> {
    const found = await findAccount(suite.store.db, account);
    if (found === null) throw new Error(`no account ${account}`);
    return { balance: balanceOf(found), available: availableOf(found) };
  }

  async function hold(amount: number): Promise<string> {
    const { transferIds } = await posted(
      suite.store,
      journalOf([{ phase: "pend", debit: a.member1, credit: a.value, amount }]),
    );
    return transferIds[0] ?? "";
  }

  const post = (request: JournalRequest) => postJournal(suite.store, request);
  const one = (transfer: TransferRequest) => post(journalOf([transfer]));
  const reversal = async (journalId: string) =>
    suite.store.transaction((tx) => reversalOf(tx, journalId, journalOf([])));

  it("moves money, holds it, settles and voids it", async () => {
    await posted(suite.store, give(a, "member1", 1000));
    const settled = await hold(300);
    const voided = await hold(200);
    expect(await standing(a.member1)).toEqual({ balance: 1000, available: 500 });
    await posted(suite.store, journalOf([{ phase: "settle", pending: settled }]));
    await posted(suite.store, journalOf([{ phase: "void", pending: voided }]));
    expect(await standing(a.member1)).toEqual({ balance: 700, available: 700 });
    expect(await standing(a.value)).toEqual({ balance: 700, available: 700 });
  });

  it("posts a repeated request once and answers the same ids", async () => {
    const request = give(a, "member1", 1000);
    const first = await posted(suite.store, request);
    expect(await post(request)).toEqual({ ...first, kind: "replayed" });
    expect(await standing(a.member1)).toEqual({ balance: 1000, available: 1000 });
  });

  it("refuses the key for any other request", async () => {
    const request = give(a, "member1", 1000);
    await posted(suite.store, request);
    const others: Partial<JournalRequest>[] = [
      { kind: "other" },
      { actor: "user:other" },
      { occurredMs: NOW_MS + 1 },
      { reverses: newEventId() },
      { transfers: [{ phase: "post", debit: a.value, credit: a.member1, amount: 1001 }] },
      { transfers: [{ phase: "pend", debit: a.value, credit: a.member1, amount: 1000 }] },
    ];
    for (const other of others) {
      expect(await post({ ...request, ...other })).toEqual({
        kind: "refused",
        refusal: "idempotency_conflict",
      });
    }
  });

  describe("refusals", () => {
    beforeEach(async () => {
      await posted(suite.store, give(a, "member1", 1000));
    });

    it("overdraft, posted or held, whether the floor is on the credit or the debit side", async () => {
      await hold(400);
      const overdraft = { kind: "refused", refusal: "overdraft" };
      expect(await one({ phase: "post", debit: a.member1, credit: a.member2, amount: 601 })).toEqual(
        overdraft,
      );
      expect(await one({ phase: "pend", debit: a.member1, credit: a.member2, amount: 601 })).toEqual(
        overdraft,
      );
      expect(await one({ phase: "post", debit: a.intake, credit: a.stock, amount: 1 })).toEqual(overdraft);
      expect(await one({ phase: "post", debit: a.member1, credit: a.member2, amount: 600 })).toMatchObject({
        kind: "posted",
      });
    });

    it("accounts that do not exist, are the same, or count different things", async () => {
      const mismatch = { kind: "refused", refusal: "account_mismatch" };
      expect(await one({ phase: "post", debit: "none", credit: a.member1, amount: 1 })).toEqual(mismatch);
      expect(await one({ phase: "post", debit: a.member1, credit: "none", amount: 1 })).toEqual(mismatch);
      expect(await one({ phase: "post", debit: "none", credit: "nor", amount: 1 })).toEqual(mismatch);
      expect(await one({ phase: "post", debit: a.member1, credit: a.member1, amount: 1 })).toEqual(mismatch);
      expect(await one({ phase: "post", debit: a.value, credit: a.intake, amount: 1 })).toEqual(mismatch);
    });

    it("a counter beyond what a number holds exactly", async () => {
      const floorless = await openFloorless();
      await suite.store
        .transaction(async (tx) => {
          // Nine thousand journals would do the same.
          const trigger =
            suite.engine === "sqlite"
              ? sql`drop trigger accounts_moved`
              : sql`alter table accounts disable trigger accounts_moved`;
          await trigger.execute(tx);
          await sql`update accounts set debits_posted = 9000000000000000 where id = ${floorless}`.execute(tx);
          const refused = await postJournalWithin(
            tx,
            journalOf([{ phase: "post", debit: floorless, credit: a.member1, amount: 1 }]),
          );
          expect(refused).toEqual({ kind: "refused", refusal: "out_of_range" });
          throw new Error("roll back");
        })
        .catch((error: Error) => expect(error.message).toBe("roll back"));
    });

    it("a second resolution of what is pending, of any kind", async () => {
      const [settled, voided] = [await hold(100), await hold(100)];
      await posted(suite.store, journalOf([{ phase: "settle", pending: settled }]));
      await posted(suite.store, journalOf([{ phase: "void", pending: voided }]));
      for (const pending of [settled, voided]) {
        for (const phase of ["settle", "void"] as const) {
          expect(await one({ phase, pending })).toEqual({ kind: "refused", refusal: "already_resolved" });
        }
      }
      const twice = await hold(100);
      expect(
        await post(
          journalOf([
            { phase: "settle", pending: twice },
            { phase: "void", pending: twice },
          ]),
        ),
      ).toEqual({ kind: "refused", refusal: "already_resolved" });
      expect(await standing(a.member1)).toEqual({ balance: 900, available: 800 });
    });

    it("resolution of what is not pending or not there", async () => {
      const { transferIds } = await posted(suite.store, give(a, "member1", 1));
      const settle = await posted(suite.store, journalOf([{ phase: "settle", pending: await hold(1) }]));
      for (const pending of [transferIds[0] ?? "", settle.transferIds[0] ?? "", newEventId()]) {
        expect(await one({ phase: "settle", pending })).toEqual({
          kind: "refused",
          refusal: "not_resolvable",
        });
      }
    });

    it("a second reversal, a reversal of a reversal, of a hold, of nothing, and one that is not the mirror image", async () => {
      const unresolvable = { kind: "refused", refusal: "not_resolvable" };
      const given = await posted(suite.store, give(a, "member1", 10));
      const request = await reversal(given.journalId);
      expect(
        await post({
          ...request,
          transfers: [{ phase: "post", debit: a.member1, credit: a.value, amount: 9 }],
        }),
      ).toEqual(unresolvable);
      expect(await post({ ...request, transfers: [...request.transfers, ...request.transfers] })).toEqual(
        unresolvable,
      );
      const reversed = await posted(suite.store, request);
      expect(await post({ ...request, idempotencyKey: newEventId() })).toEqual({
        kind: "refused",
        refusal: "already_resolved",
      });
      expect(await post(await reversal(reversed.journalId))).toEqual(unresolvable);
      const held = await posted(
        suite.store,
        journalOf([{ phase: "pend", debit: a.member1, credit: a.value, amount: 1 }]),
      );
      expect(await post(await reversal(held.journalId))).toEqual(unresolvable);
      expect(await post({ ...give(a, "member1", 1), reverses: newEventId() })).toEqual(unresolvable);
    });

    it("a reversal that would overdraw, and the same once the money is back", async () => {
      const given = await posted(suite.store, give(a, "member2", 50));
      const spent = await posted(
        suite.store,
        journalOf([{ phase: "post", debit: a.member2, credit: a.member1, amount: 1 }]),
      );
      const request = await reversal(given.journalId);
      expect(await post(request)).toEqual({ kind: "refused", refusal: "overdraft" });
      await posted(suite.store, await reversal(spent.journalId));
      expect(await post(request)).toMatchObject({ kind: "posted" });
    });

    it("leave the transaction usable and undo every transfer of the journal", async () => {
      await suite.store.transaction(async (tx) => {
        const refused = await postJournalWithin(
          tx,
          journalOf([
            { phase: "post", debit: a.member1, credit: a.member2, amount: 10 },
            { phase: "post", debit: a.member1, credit: a.member2, amount: 991 },
          ]),
        );
        expect(refused).toEqual({ kind: "refused", refusal: "overdraft" });
        const fine = journalOf([{ phase: "post", debit: a.member1, credit: a.member2, amount: 7 }]);
        expect(await postJournalWithin(tx, fine)).toMatchObject({ kind: "posted" });
      });
      expect(await standing(a.member2)).toEqual({ balance: 7, available: 7 });
    });
  });

  it("throws for what only a defect can ask: no transfers, too many, an amount that is none", async () => {
    await expect(post(journalOf([]))).rejects.toMatchObject({ code: "empty_journal" });
    const many = Array.from(
      { length: JOURNAL_TRANSFERS_MAX + 1 },
      () => give(a, "member1", 1).transfers,
    ).flat();
    await expect(post(journalOf(many))).rejects.toMatchObject({ code: "long_journal" });
    expect(await post(journalOf(many.slice(1)))).toMatchObject({ kind: "posted" });
    for (const amount of [0, -1, 1.5, Number.NaN, TRANSFER_AMOUNT_MAX + 1]) {
      await expect(post(give(a, "member1", amount))).rejects.toMatchObject({ code: "bad_amount" });
    }
    expect(await post(give(a, "member1", TRANSFER_AMOUNT_MAX))).toMatchObject({ kind: "posted" });
  });

  it("lists an account's lines newest first, page by page, the same whatever comes meanwhile", async () => {
    const given = await posted(
      suite.store,
      journalOf([...give(a, "member1", 1000).transfers, ...give(a, "member1", 1).transfers]),
    );
    await clockTick();
    const pending = await hold(300);
    await clockTick();
    const settled = await posted(suite.store, journalOf([{ phase: "settle", pending }]));
    await clockTick();
    const lines = await linesOfAccount(suite.store.db, a.member1, { limit: 10 });
    expect(
      lines.map(({ transferId, amount, phase, resolution }) => [transferId, amount, phase, resolution]),
    ).toEqual([
      [settled.transferIds[0], -300, "settle", null],
      [pending, -300, "pend", "settle"],
      [given.transferIds[1], 1, "post", null],
      [given.transferIds[0], 1000, "post", null],
    ]);
    expect(lines[0]).toMatchObject({
      journalId: settled.journalId,
      kind: "test",
      occurredMs: NOW_MS,
      counterAccount: a.value,
    });
    const first = await linesOfAccount(suite.store.db, a.member1, { limit: 3 });
    await hold(1);
    const second = await linesOfAccount(suite.store.db, a.member1, {
      limit: 3,
      after: first.at(-1)?.transferId,
    });
    expect([...first, ...second]).toEqual(lines);
    expect(
      (await linesOfAccount(suite.store.db, a.value, { limit: 500 })).map(({ amount }) => amount),
    ).toEqual([-1, -300, -300, 1, 1000]);
    expect(await linesOfAccount(suite.store.db, "none", { limit: 1 })).toEqual([]);
    await expect(linesOfAccount(suite.store.db, a.member1, { limit: 501 })).rejects.toThrow(RangeError);
  });

  it("leaves books that verify", async () => {
    expect(await verifySample(suite.store.db)).toEqual([]);
  });

  /** Ids tell milliseconds apart, not what happens within one. */
  async function clockTick(): Promise<void> {
    const from = Date.now();
    while (Date.now() === from) await new Promise((resolve) => setImmediate(resolve));
  }

  /** An account that may fall below zero, of the waste bank of `a`. */
  async function openFloorless(): Promise<string> {
    const { wasteBank } = await suite.store.db
      .selectFrom("accounts")
      .select("waste_bank_id as wasteBank")
      .where("id", "=", a.member1)
      .executeTakeFirstOrThrow();
    const key: AccountKey = { kind: "shrinkage_value", ledger: "IDR", wasteBank, part: "pet" };
    await suite.store.transaction((tx) => openAccounts(tx, [key], NOW_MS));
    return accountId(key);
  }
});
