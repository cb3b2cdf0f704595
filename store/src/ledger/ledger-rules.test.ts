/** The rules that the database itself keeps, whatever program writes to it. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { sql } from "kysely";
import { beforeEach, describe, expect, it } from "vitest";
import { onEachEngine } from "../relational/engine-suite.ts";
import type { Tx } from "../relational/relational-store.ts";
import { give, journalOf, NOW_MS, posted, type SampleAccounts, sampleAccounts } from "./sample-accounts.ts";

onEachEngine("the ledger's schema", (suite) => {
  let a: SampleAccounts;
  let journalId: string;
  let transferId: string;
  let pendingId: string;
  beforeEach(async () => {
    a = await sampleAccounts(suite.store);
    const given = await posted(suite.store, give(a, "member1", 1000));
    journalId = given.journalId;
    transferId = given.transferIds[0] ?? "";
    const held = await posted(
      suite.store,
      journalOf([{ phase: "pend", debit: a.member1, credit: a.value, amount: 100 }]),
    );
    pendingId = held.transferIds[0] ?? "";
  });

  /** Runs a raw statement in a transaction that ends with it. */
  const run = (statement: string) =>
    suite.store.transaction(async (tx) => void (await sql.raw(statement).execute(tx)));

  describe("append-only", () => {
    const changes: [string, () => string][] = [
      ["an amount", () => `update transfers set amount = 1 where id = '${transferId}'`],
      ["a column to what it was", () => `update transfers set line = line where id = '${transferId}'`],
      ["a transfer's existence", () => `delete from transfers where id = '${transferId}'`],
      ["a journal", () => `update journals set kind = 'x' where id = '${journalId}'`],
      ["a journal's existence", () => `delete from journals where id = '${journalId}'`],
      ["an account's existence", () => `delete from accounts where id = '${a.member2}'`],
      ["an account's floor", () => `update accounts set floor_zero = 0 where id = '${a.member1}'`],
      ["an account's side", () => `update accounts set normal = 'D' where id = '${a.member2}'`],
      ["an account's ledger", () => `update accounts set ledger = 'g:pet' where id = '${a.member2}'`],
      ["an account's owner", () => `update accounts set member_id = null where id = '${a.member2}'`],
      ["an account's id", () => `update accounts set id = 'other' where id = '${a.member2}'`],
      [
        "a counter",
        () => `update accounts set credits_posted = credits_posted + 1 where id = '${a.member1}'`,
      ],
      [
        "a counter in the name of a closed transfer",
        () =>
          `update accounts set credits_posted = credits_posted + 1000, last_transfer_id = '${transferId}' where id = '${a.member1}'`,
      ],
      [
        "the last transfer alone",
        () => `update accounts set last_transfer_id = null where id = '${a.member1}'`,
      ],
    ];
    it.each(changes)("refuses to change %s", async (_what, statement) => {
      await expect(run(statement())).rejects.toThrow(/^LG001/);
    });

    it("refuses an account that opens with money on it", async () => {
      for (const counter of ["debits_posted", "credits_posted", "debits_pending", "credits_pending"]) {
        await expect(
          run(`insert into accounts (id, ledger, kind, waste_bank_id, normal, floor_zero, ${counter}, created_ms)
            select 'rich', ledger, kind, waste_bank_id, 'C', 0, 1, 1 from accounts where id = '${a.value}'`),
        ).rejects.toThrow(/^LG001/);
      }
    });
  });

  describe("a journal and its transfers", () => {
    it("LG002: declares as many as there are", async () => {
      for (const declared of [1, 3]) {
        await expect(raw([line(0), line(1)], { transfers: declared })).rejects.toThrow(/^LG002/);
      }
    });

    it("LG002: numbers them from 0 without a hole", async () => {
      await expect(raw([line(0), line(2)])).rejects.toThrow(/^LG002/);
      await expect(raw([line(1)])).rejects.toThrow(/^LG002/);
      await expect(raw([line(0), line(1)])).resolves.toBeUndefined();
    });

    it("LG003: takes no transfer afterwards", async () => {
      await expect(
        suite.store.transaction((tx) => insertTransfer(tx, { ...line(1), journal_id: journalId })),
      ).rejects.toThrow(/^LG003/);
    });

    it("refuses a commit in which transfers lack their journal", async () => {
      const missing = newEventId();
      await expect(
        suite.store.transaction((tx) => insertTransfer(tx, { ...line(0), journal_id: missing })),
      ).rejects.toThrow(suite.engine === "sqlite" ? /FOREIGN KEY/ : /LG003|foreign key/);
      const rows = await suite.store.db
        .selectFrom("transfers")
        .where("journal_id", "=", missing)
        .selectAll()
        .execute();
      expect(rows).toEqual([]);
    });

    it("LG004: resolves only what is pending", async () => {
      await expect(raw([{ ...line(0), phase: "void", pending_id: transferId }])).rejects.toThrow(/^LG004/);
    });

    it("LG005: resolves with the same accounts and amount", async () => {
      const resolution = {
        ...line(0),
        phase: "settle" as const,
        pending_id: pendingId,
        debit: a.member1,
        credit: a.value,
        amount: 100,
      };
      for (const other of [{ amount: 99 }, { debit: a.member2 }, { credit: a.member2 }]) {
        await expect(raw([{ ...resolution, ...other }])).rejects.toThrow(/^LG005/);
      }
      await expect(raw([resolution])).resolves.toBeUndefined();
    });

    it("LG006: moves within one ledger", async () => {
      await expect(raw([{ ...line(0), credit: a.intake }])).rejects.toThrow(/^LG006/);
    });

    it("refuses amounts, phases and resolutions that are none", async () => {
      for (const other of [
        { amount: 0 },
        { amount: 1_000_000_000_001 },
        { phase: "settle" as const },
        { pending_id: pendingId },
      ]) {
        await expect(raw([{ ...line(0), ...other }])).rejects.toThrow(/constraint|LG005/i);
      }
    });
  });

  if (suite.engine === "sqlite") {
    it("refuses INSERT OR REPLACE, which would delete what it replaces", async () => {
      const replacements = [
        `insert or replace into accounts (id, ledger, kind, waste_bank_id, normal, floor_zero, created_ms)
          select id, ledger, kind, waste_bank_id, normal, floor_zero, created_ms from accounts where id = '${a.member1}'`,
        `insert or replace into journals select * from journals where id = '${journalId}'`,
        `insert or replace into transfers select * from transfers where id = '${transferId}'`,
        `update or replace transfers set id = '${pendingId}' where id = '${transferId}'`,
      ];
      for (const replacement of replacements) await expect(run(replacement)).rejects.toThrow(/^LG00[123]/);
    });
  } else {
    it("refuses a counter that moves by hand in the name of an open transfer", async () => {
      const moved = suite.store.transaction(async (tx) => {
        const id = newEventId();
        for (const number of [0, 1]) await insertTransfer(tx, { ...line(number), journal_id: id });
        await sql`update accounts set credits_posted = credits_posted + 1,
          last_transfer_id = (select id from transfers where journal_id = ${id} and line = 0) where id = ${a.member1}`.execute(
          tx,
        );
      });
      await expect(moved).rejects.toThrow(/^LG001/);
    });

    it("refuses TRUNCATE", async () => {
      for (const table of [
        "transfers",
        "journals",
        "accounts",
        "prices",
        "deposits",
        "deposit_lines",
        "deposit_voids",
      ]) {
        await expect(run(`truncate ${table} cascade`)).rejects.toThrow(/^LG001/);
      }
    });
  }

  interface RawTransfer {
    line: number;
    debit: string;
    credit: string;
    amount: number;
    phase: "post" | "pend" | "settle" | "void";
    pending_id: string | null;
    journal_id?: string;
  }

  function line(number: number): RawTransfer {
    return { line: number, debit: a.value, credit: a.member1, amount: 1, phase: "post", pending_id: null };
  }

  async function insertTransfer(
    tx: Tx,
    { debit, credit, journal_id = "", ...rest }: RawTransfer,
  ): Promise<void> {
    await tx
      .insertInto("transfers")
      .values({
        id: newEventId(),
        journal_id,
        debit_account_id: debit,
        credit_account_id: credit,
        created_ms: NOW_MS,
        ...rest,
      })
      .execute();
  }

  /** Writes a journal past the program that checks it. */
  function raw(transfers: RawTransfer[], { transfers: declared = transfers.length } = {}): Promise<void> {
    return suite.store.transaction(async (tx) => {
      const id = newEventId();
      for (const transfer of transfers) await insertTransfer(tx, { ...transfer, journal_id: id });
      await tx
        .insertInto("journals")
        .values({
          id,
          idempotency_key: id,
          request_hash: "",
          kind: "raw",
          transfers: declared,
          reverses_id: null,
          actor: "test",
          occurred_ms: NOW_MS,
          created_ms: NOW_MS,
        })
        .execute();
    });
  }
});
