/** Seals and closes on both engines: what they say of books in order, and of books that somebody has changed. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { DAY_MS, dayOf } from "@jumpa-madu/contracts/local-day";
import { type RawBuilder, sql } from "kysely";
import { beforeEach, expect, it } from "vitest";
import { give, posted, type SampleAccounts, sampleAccounts } from "../ledger/sample-accounts.ts";
import { verifySample } from "../ledger/sample-journals.ts";
import { type Violation, verifyLedger } from "../ledger/verify-ledger.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import type { Tx } from "../relational/relational-store.ts";
import { recordDeed } from "./audit.ts";
import { type NamedHead, readHeads } from "./chain-heads.ts";
import { closeDay } from "./close-day.ts";
import { listCloses } from "./closes.ts";
import { CHAINS, headOf, sealAll as sealEverything, sealRows } from "./seals.ts";

const FROZEN = ["accounts", "journals", "transfers", "audit_events", "seals", "closes"];

onEachEngine("seals and closes", (suite) => {
  let accounts: SampleAccounts;
  const dayAfter = () => new Date(Date.now() + DAY_MS).toISOString().slice(0, 10);
  const laterMs = () => Date.now() + 3 * DAY_MS;

  beforeEach(async () => {
    accounts = await sampleAccounts(suite.store);
  });

  async function deed(subject: string): Promise<void> {
    await suite.store.transaction((tx) =>
      recordDeed(tx, {
        actor: "user:a",
        action: "price.set",
        subject,
        reason: "test",
        atMs: Date.now(),
      }),
    );
  }

  async function sealAll(): Promise<void> {
    await sealEverything(suite.store, { since: "ever", nowMs: Date.now() });
  }

  /** What a verification finds after statements that no trigger has seen; all of it is taken back. */
  async function foundAfter(...statements: RawBuilder<unknown>[]): Promise<Violation[]> {
    return await foundWith([], statements);
  }

  /** The same, held against heads that somebody has kept. */
  async function foundWith(heads: NamedHead[], statements: RawBuilder<unknown>[]): Promise<Violation[]> {
    let found: Violation[] = [];
    const undo = new Error("undo");
    const work = suite.store.transaction(async (tx) => {
      await disarm(tx);
      for (const statement of statements) await statement.execute(tx);
      const nowMs = laterMs() - 3 * DAY_MS;
      found = heads.length === 0 ? await verifySample(tx, nowMs) : await verifyLedger(tx, nowMs, heads);
      throw undo;
    });
    await expect(work).rejects.toBe(undo);
    return found;
  }

  async function disarm(tx: Tx): Promise<void> {
    if (suite.engine === "postgres") {
      await sql`set local session_replication_role = replica`.execute(tx);
      return;
    }
    await sql`pragma defer_foreign_keys = on`.execute(tx);
    const { rows } = await sql<{ name: string }>`
      select name from sqlite_master where type = 'trigger' and tbl_name in (${sql.join(FROZEN)})`.execute(
      tx,
    );
    for (const { name } of rows) await sql`drop trigger ${sql.id(name)}`.execute(tx);
  }

  it("seal each committed row once, in an order that does not change", async () => {
    await posted(suite.store, give(accounts, "member1", 100));
    await sealAll();
    const head = await headOf(suite.store.db, "journals");
    expect(head.seq).toBeGreaterThan(0);
    expect(await sealRows(suite.store, "journals", { since: "last", nowMs: Date.now() })).toBe(0);
    await posted(suite.store, give(accounts, "member1", 100));
    expect(await sealRows(suite.store, "journals", { since: "last", nowMs: Date.now() })).toBe(1);
    expect((await headOf(suite.store.db, "journals")).seq).toBe(head.seq + 1);
    expect(await verifySample(suite.store.db)).toEqual([]);
  });

  it("are made by one of several sealers at once", async () => {
    for (let index = 0; index < 20; index++) await posted(suite.store, give(accounts, "member1", 1));
    const { seq } = await headOf(suite.store.db, "journals");
    const counts = await Promise.all(
      [1, 2, 3, 4].map(() => sealRows(suite.store, "journals", { since: "last", nowMs: Date.now() })),
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(20);
    expect((await headOf(suite.store.db, "journals")).seq - seq).toBe(
      counts.reduce((sum, count) => sum + count, 0),
    );
    expect(await verifySample(suite.store.db)).toEqual([]);
  });

  it("tell of a row that was changed, taken out, or whose seal was taken out", async () => {
    const first = await posted(suite.store, give(accounts, "member1", 100));
    await posted(suite.store, give(accounts, "member2", 100));
    await deed("price:1");
    await sealAll();
    const { journalId } = first;
    const told = (violations: Violation[]) =>
      violations.map(({ table, id, what }) => `${table} ${id}: ${what}`);
    // Both sides raised alike, and the counters with them: only the chain knows.
    const changed = await foundAfter(
      sql`update transfers set amount = amount + 1 where journal_id = ${journalId}`,
      sql`update accounts set debits_posted = debits_posted + 1, last_transfer_id = last_transfer_id where id = ${accounts.value}`,
    );
    expect(told(changed)).toContain(`journals ${journalId}: is as it was when it was sealed`);
    const actor = await foundAfter(sql`update journals set actor = 'user:other' where id = ${journalId}`);
    expect(told(actor)).toEqual([`journals ${journalId}: is as it was when it was sealed`]);
    const gone = await foundAfter(
      sql`delete from transfers where journal_id = ${journalId}`,
      sql`delete from journals where id = ${journalId}`,
    );
    expect(told(gone)).toContain(`journals ${journalId}: the row of its seal is there`);
    const { seq } = await headOf(suite.store.db, "journals");
    const torn = await foundAfter(sql`delete from seals where chain = 'journals' and seq = ${seq - 1}`);
    expect(told(torn)).toContain(`seals journals/${seq}: no seal is missing before it`);
    const word = await foundAfter(sql`update audit_events set reason = 'other' where subject = 'price:1'`);
    expect(told(word).join()).toContain("is as it was when it was sealed");
  });

  it("must come within two days", async () => {
    const { journalId } = await posted(suite.store, give(accounts, "member1", 100));
    expect(await verifySample(suite.store.db, laterMs())).toContainEqual({
      table: "journals",
      id: journalId,
      what: "all rows older than two days are sealed, of which it is the first",
      expected: 0,
      found: 1,
    });
    await sealAll();
    expect(await verifySample(suite.store.db, laterMs())).toEqual([]);
  });

  it("cannot be changed, nor put in out of order", async () => {
    await posted(suite.store, give(accounts, "member1", 100));
    await sealAll();
    const seal = { chain: "journals" as const, row_id: newEventId(), hash: "0".repeat(64), sealed_ms: 1 };
    const { seq } = await headOf(suite.store.db, "journals");
    const { db } = suite.store;
    await expect(
      db
        .insertInto("seals")
        .values({ ...seal, seq: seq + 2 })
        .execute(),
    ).rejects.toThrow("LG007");
    await expect(sql`update seals set hash = ${"1".repeat(64)}`.execute(db)).rejects.toThrow("LG001");
    await expect(sql`delete from seals`.execute(db)).rejects.toThrow("LG001");
    await deed("price:2");
    await expect(sql`delete from audit_events`.execute(db)).rejects.toThrow("LG001");
    await expect(sql`update audit_events set actor = 'x'`.execute(db)).rejects.toThrow("LG001");
  });

  it("close a day for each waste bank, with what moved since the close before and where it stands", async () => {
    await posted(suite.store, give(accounts, "member1", 700));
    const { wasteBank } = accounts;
    const day = dayAfter();
    const close = (of: string) =>
      closeDay(suite.store, { day: of, wasteBank, by: "job:close", nowMs: laterMs() + 10 * DAY_MS });
    const first = await close(day);
    expect(first.closed).toHaveLength(1);
    expect(first.closed[0]?.totals.accounts).toEqual([
      { ledger: "IDR", kind: "member_savings", debits: 0, credits: 700, standing: -700 },
      { ledger: "IDR", kind: "stock_value", debits: 700, credits: 0, standing: 700 },
    ]);
    expect(first.closed[0]?.totals.journals).toEqual([{ kind: "test", journals: 1 }]);
    expect(await close(day)).toMatchObject({
      closed: [],
      skipped: [{ wasteBank, reason: `it is closed up to ${day} already` }],
    });
    await posted(suite.store, give(accounts, "member2", 50));
    const next = await close(new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10));
    expect(next.closed[0]?.totals.accounts[0]).toEqual({
      ledger: "IDR",
      kind: "member_savings",
      debits: 0,
      credits: 50,
      standing: -750,
    });
    const page = await listCloses(
      suite.store.db,
      { wasteBank, fromDay: null, toDay: null },
      { limit: 10, after: null },
    );
    expect(page.items.map((one) => one.day).sort()).toEqual([day, next.closed[0]?.day]);
    expect(await verifySample(suite.store.db)).toEqual([]);
    const { id = "" } = next.closed[0] ?? {};
    const forged = JSON.stringify(next.closed[0]?.totals).replace("-750", "-749");
    const deed = { table: "closes", id, what: "is as its deed says" };
    expect(await foundAfter(sql`update closes set totals = ${forged} where id = ${id}`)).toEqual([
      {
        table: "closes",
        id,
        what: `stands as the journals say in ${wasteBank}/IDR/member_savings`,
        expected: -750,
        found: -749,
      },
      expect.objectContaining(deed),
    ]);
    const head = await foundAfter(sql`update closes set head_hash = ${"f".repeat(64)} where id = ${id}`);
    expect(head).toMatchObject([{ table: "closes", id, what: "stands on the seal that it names" }, deed]);
    const count = await foundAfter(sql`update closes set violations = violations + 1 where id = ${id}`);
    expect(count).toMatchObject([deed]);
    const gone = await foundAfter(sql`delete from closes where id = ${id}`);
    expect(gone).toMatchObject([{ table: "closes", id, what: "the row of its deed is there" }]);
    const both = await foundAfter(
      sql`delete from closes where id = ${id}`,
      sql`delete from audit_events where subject = ${`close:${id}`}`,
    );
    expect(both).toMatchObject([{ table: "audit_events", what: "the row of its seal is there" }]);
  });

  it("tell of a chain whose newest seals were taken out, up to where a close has named it", async () => {
    await suite.store.db
      .insertInto("terms")
      .values({
        id: newEventId(),
        waste_bank_id: accounts.wasteBank,
        member_kind: null,
        settlement: "purchase",
        share_bps: 10_000,
        valid_from_ms: Date.now(),
        created_ms: Date.now(),
        created_by: "user:a",
      })
      .execute();
    const day = new Date(Date.parse(dayAfter()) + 20 * DAY_MS).toISOString().slice(0, 10);
    const { wasteBank } = accounts;
    await closeDay(suite.store, { day, wasteBank, by: "job:close", nowMs: laterMs() + 30 * DAY_MS });
    expect(await verifySample(suite.store.db)).toEqual([]);
    const { seq } = await headOf(suite.store.db, "terms");
    const found = await foundAfter(sql`delete from seals where chain = 'terms' and seq = ${seq}`);
    expect(found).toMatchObject([
      { table: "seals", id: `terms/${seq}`, what: "is there as a close has named it", found: null },
    ]);
  });

  it("are told from others by heads that somebody has kept elsewhere, when all behind a close was made anew", async () => {
    const day = new Date(Date.parse(dayAfter()) + 60 * DAY_MS).toISOString().slice(0, 10);
    const { wasteBank } = accounts;
    const of = { day, wasteBank, by: "job:close", nowMs: laterMs() + 70 * DAY_MS };
    const { closed, heads } = await closeDay(suite.store, of);
    const kept = readHeads(heads);
    expect(kept).toHaveLength(CHAINS.length);
    const sealsOf = (violations: Violation[]) => violations.filter(({ table }) => table === "seals");
    expect(sealsOf(await verifyLedger(suite.store.db, 0, kept))).toEqual([]);
    const { seq } = await headOf(suite.store.db, "audit_events");
    // The last close with its deed, and the seal of that: nothing in the books tells of them any more.
    const wiped = [
      sql`delete from closes where id = ${closed[0]?.id}`,
      sql`delete from audit_events where subject = ${`close:${closed[0]?.id}`}`,
      sql`delete from seals where chain = 'audit_events' and seq = ${seq}`,
    ];
    expect(await foundAfter(...wiped)).toEqual([]);
    expect(sealsOf(await foundWith(kept, wiped))).toMatchObject([
      { id: `audit_events/${seq}`, what: "is there as it was written down", found: null },
    ]);
  });

  it("close no day on which the waste bank was not made yet, and say so", async () => {
    const { wasteBank } = accounts;
    await posted(suite.store, give(accounts, "member1", 700));
    const { createdMs } = await suite.store.db
      .selectFrom("waste_banks")
      .select("created_ms as createdMs")
      .where("id", "=", wasteBank)
      .executeTakeFirstOrThrow();
    const close = (day: string) =>
      closeDay(suite.store, { day, wasteBank, by: "job:close", nowMs: laterMs() + 10 * DAY_MS });
    const reason = `it was made on ${dayOf(createdMs)}: nothing was there to close`;
    expect(await close(dayOf(createdMs - DAY_MS))).toMatchObject({
      closed: [],
      skipped: [{ wasteBank, reason }],
    });
    expect(await close(dayOf(createdMs))).toMatchObject({ closed: [{ wasteBank }], skipped: [] });
  });

  it("close no day that has not ended", async () => {
    const today = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10);
    await expect(
      closeDay(suite.store, { day: today, wasteBank: null, by: "job:close", nowMs: Date.now() }),
    ).rejects.toThrow(RangeError);
  });
});
