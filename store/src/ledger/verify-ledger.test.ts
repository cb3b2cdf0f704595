/** Tampers with the books behind the triggers' back, and expects the verification to name the row. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { sql } from "kysely";
import { beforeEach, expect, it } from "vitest";
import { postRecord } from "../records/post-record.ts";
import { depositOf, lineOf, NOW_MS, type SampleBooks, sampleBooks, voidOf } from "../records/sample-books.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { accountId } from "./account.ts";
import { postJournal } from "./post-journal.ts";
import { verifySample } from "./sample-journals.ts";
import { VIOLATIONS_MAX, type Violation } from "./verify-ledger.ts";

const TABLES = ["accounts", "journals", "transfers", "deposits", "deposit_lines", "deposit_voids"];

onEachEngine("verifying the books", (suite) => {
  let books: SampleBooks;
  const deposits = { kept: "", voided: "" };
  let savings: string;
  let value: string;
  const transfers = { held: "", settled: "" };

  beforeEach(async () => {
    books = await sampleBooks(suite.store);
    const { wasteBank, member } = books;
    savings = accountId({ kind: "member_savings", ledger: "IDR", wasteBank, member, part: "regular" });
    value = accountId({ kind: "stock_value", ledger: "IDR", wasteBank, part: "pet" });
    const [kept, voided] = [1_000, 2_000].map((netG) =>
      depositOf(books, [lineOf(books, "pet", netG), lineOf(books, "residue", 5)]),
    );
    if (kept === undefined || voided === undefined) throw new Error("two deposits");
    await suite.store.transaction(async (tx) => {
      const origin = { node: books.node, receivedMs: NOW_MS };
      for (const record of [kept, voided, voidOf(voided)]) await postRecord(tx, origin, record);
    });
    Object.assign(deposits, { kept: kept.id, voided: voided.id });
    transfers.held = await post({ phase: "pend", debit: savings, credit: value, amount: 100 });
    transfers.settled = await post({ phase: "settle", pending: transfers.held });
  });

  async function post(transfer: Parameters<typeof postJournal>[1]["transfers"][number]): Promise<string> {
    const outcome = await postJournal(suite.store, {
      idempotencyKey: newEventId(),
      kind: "test",
      actor: "user:test",
      occurredMs: NOW_MS,
      transfers: [transfer],
    });
    if (outcome.kind === "refused") throw new Error(outcome.refusal);
    return outcome.transferIds[0] ?? "";
  }

  /** Runs statements with neither triggers nor foreign keys, verifies, and takes it all back. */
  async function violationsAfter(...statements: string[]): Promise<Violation[]> {
    let found: Violation[] = [];
    const undo = new Error("undo");
    const work = suite.store.transaction(async (tx) => {
      for (const statement of [...(await disarm()), ...statements]) await sql.raw(statement).execute(tx);
      found = await verifySample(tx);
      throw undo;

      async function disarm(): Promise<string[]> {
        if (suite.engine === "postgres")
          return [
            "set constraints all immediate",
            ...TABLES.map((table) => `alter table ${table} disable trigger all`),
          ];
        const { rows } = await sql<{
          name: string;
        }>`select name from sqlite_master where type = 'trigger'`.execute(tx);
        return ["pragma defer_foreign_keys = on", ...rows.map(({ name }) => `drop trigger ${name}`)];
      }
    });
    await expect(work).rejects.toBe(undo);
    return found;
  }

  it("finds nothing wrong with books that are in order", async () => {
    expect(await verifySample(suite.store.db)).toEqual([]);
    expect(await violationsAfter()).toEqual([]);
  });

  const whats = (violations: Violation[]) => violations.map(({ what }) => what);

  it("names the account, the counter, and by how much", async () => {
    const found = await violationsAfter(
      `update accounts set credits_posted = credits_posted + 7 where id = '${savings}'`,
    );
    expect(found).toEqual([
      {
        table: "accounts",
        id: "IDR",
        what: "debits equal credits in the ledger",
        expected: expect.any(Number),
        found: expect.any(Number),
      },
      {
        table: "accounts",
        id: savings,
        what: "credits_posted equals the transfers",
        expected: 13_500,
        found: 13_507,
      },
    ]);
    expect(Number(found[0]?.found) - Number(found[0]?.expected)).toBe(7);
  });

  it("finds a pair of counters that is wrong but in balance", async () => {
    const found = await violationsAfter(
      `update accounts set credits_pending = credits_pending + 1 where id = '${value}'`,
      `update accounts set debits_pending = debits_pending + 1 where id = '${savings}'`,
    );
    expect(found).toMatchObject([
      { id: savings, what: "debits_pending equals the transfers", expected: 0, found: 1 },
      { id: value, what: "credits_pending equals the transfers", expected: 0, found: 1 },
    ]);
  });

  it("finds an account below its floor", async () => {
    const found = await violationsAfter(
      `update accounts set floor_zero = 0 where id = '${savings}'`,
      `update accounts set debits_pending = 99999 where id = '${savings}'`,
      ...(suite.engine === "sqlite"
        ? [
            "pragma ignore_check_constraints = on",
            `update accounts set floor_zero = 1 where id = '${savings}'`,
            "pragma ignore_check_constraints = off",
          ]
        : [
            "alter table accounts drop constraint no_overdraft",
            `update accounts set floor_zero = 1 where id = '${savings}'`,
          ]),
    );
    expect(found).toContainEqual({
      table: "accounts",
      id: savings,
      what: "not below zero",
      expected: 0,
      found: 4_400 - 99_999,
    });
  });

  it("finds a changed amount everywhere it shows", async () => {
    const found = await violationsAfter(
      `update transfers set amount = amount + 1 where id = '${transfers.settled}'`,
    );
    expect(found).toContainEqual({
      table: "transfers",
      id: transfers.settled,
      what: "resolves a pending transfer with its accounts and amount",
      expected: 100,
      found: 101,
    });
    expect(whats(found)).toContain("debits_posted equals the transfers");
  });

  it("finds a transfer that is gone, and one of a journal that is not there", async () => {
    const gone = await violationsAfter(`delete from transfers where id = '${transfers.settled}'`);
    expect(gone).toContainEqual(
      expect.objectContaining({
        table: "journals",
        what: "has the transfers that it declares",
        expected: 1,
        found: 0,
      }),
    );
    const orphan = await violationsAfter(
      `delete from journals where id = (select journal_id from transfers where id = '${transfers.settled}')`,
    );
    expect(orphan).toEqual([
      {
        table: "transfers",
        id: transfers.settled,
        what: "belongs to a journal",
        expected: expect.any(String),
        found: null,
      },
    ]);
  });

  it("finds what is resolved twice, and what was never pending", async () => {
    const twice = await violationsAfter(
      ...(suite.engine === "sqlite"
        ? [
            "create table copy as select * from transfers",
            "drop table transfers",
            "alter table copy rename to transfers",
          ]
        : ["alter table transfers drop constraint transfers_pending_id_key"]),
      `insert into transfers select '${newEventId()}', journal_id, line + 1, debit_account_id, credit_account_id, amount, phase, pending_id, created_ms
        from transfers where id = '${transfers.settled}'`,
    );
    expect(twice).toContainEqual(
      expect.objectContaining({
        id: transfers.settled,
        what: "resolves what no other transfer resolves",
        expected: 1,
        found: 2,
      }),
    );
    const never = await violationsAfter(`update transfers set phase = 'post' where id = '${transfers.held}'`);
    expect(never).toContainEqual(
      expect.objectContaining({
        id: transfers.settled,
        what: "resolves a pending transfer with its accounts and amount",
        expected: null,
      }),
    );
  });

  it("finds a transfer between ledgers", async () => {
    const found = await violationsAfter(`update accounts set ledger = 'g:pet' where id = '${value}'`);
    expect(found).toContainEqual({
      table: "transfers",
      id: transfers.held,
      what: "credits the ledger that it debits",
      expected: "IDR",
      found: "g:pet",
    });
  });

  it("finds a reversal that is no mirror image", async () => {
    const found = await violationsAfter(
      `update transfers set amount = amount + 1 where line = 0
        and journal_id = (select journal_id from deposit_voids where deposit_id = '${deposits.voided}')`,
    );
    expect(found).toContainEqual(
      expect.objectContaining({
        table: "journals",
        what: "mirrors, line by line, what it reverses",
        expected: 3,
        found: 2,
      }),
    );
  });

  it("finds a deposit whose rupiah, grams, lines or journal were changed", async () => {
    const { kept } = deposits;
    const total = await violationsAfter(`update deposits set total_idr = total_idr + 1 where id = '${kept}'`);
    expect(total).toEqual([
      {
        table: "accounts",
        id: savings,
        what: "savings from deposits equal the deposits less the voids",
        expected: 4_501,
        found: 4_500,
      },
      {
        table: "deposits",
        id: kept,
        what: "total equals the sum of the lines",
        expected: 4_500,
        found: 4_501,
      },
      {
        table: "deposits",
        id: kept,
        what: "its journal credits the member with the total",
        expected: 4_501,
        found: 4_500,
      },
    ]);
    const grams = await violationsAfter(
      `update deposit_lines set net_g = 1001, gross_g = gross_g + 1 where deposit_id = '${kept}' and line = 0`,
    );
    expect(grams).toMatchObject([
      {
        table: "deposit_lines",
        id: kept,
        what: "amount is weight by price, rounded half up, or flagged",
        expected: 4_505,
        found: 4_500,
      },
      {
        table: "deposits",
        id: kept,
        what: "its journal moves the grams of pet into stock",
        expected: 1_001,
        found: 1_000,
      },
    ]);
    const line = await violationsAfter(`delete from deposit_lines where deposit_id = '${kept}' and line = 1`);
    expect(whats(line)).toEqual(["its journal moves nothing else"]);
    const journal = await violationsAfter(`update deposits set journal_id = 'none' where id = '${kept}'`);
    expect(whats(journal)).toContain("its journal credits the member with the total");
  });

  it("finds a deposit and a void that are gone, and a void of something else", async () => {
    const unvoided = await violationsAfter(
      `delete from deposit_voids where deposit_id = '${deposits.voided}'`,
    );
    expect(unvoided).toMatchObject([
      { table: "accounts", id: savings, expected: 13_500, found: 4_500 },
      { table: "journals", what: "a journal deposit_void belongs to a row of deposit_voids" },
    ]);
    const gone = await violationsAfter(
      `delete from deposit_lines where deposit_id = '${deposits.kept}'`,
      `delete from deposits where id = '${deposits.kept}'`,
    );
    expect(gone).toMatchObject([
      { table: "accounts", id: savings, expected: 0, found: 4_500 },
      { table: "journals", what: "a journal deposit belongs to a row of deposits" },
    ]);
    const other = await violationsAfter(
      `update deposit_voids set deposit_id = '${deposits.kept}' where deposit_id = '${deposits.voided}'`,
    );
    expect(whats(other)).toContain("its journal reverses the journal of the deposit");
  });

  it("walks through more than a page, and stops at its limit", async () => {
    const found = await violationsAfter(
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < 1100)
        insert into journals (id, idempotency_key, request_hash, kind, transfers, actor, occurred_ms, created_ms)
        select 'j' || i, 'j' || i, '', 'x', 1, 'x', 0, ${Date.now()} from n`,
    );
    expect(found).toHaveLength(VIOLATIONS_MAX);
    expect(new Set(found.map(({ id }) => id)).size).toBe(VIOLATIONS_MAX);
  });
});
