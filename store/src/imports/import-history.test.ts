import { newEventId } from "@jumpa-madu/contracts/ids";
import { expect, it } from "vitest";
import { listSolvency } from "../cash/solvency.ts";
import { verifyLedger } from "../ledger/verify-ledger.ts";
import { closeMember } from "../people/member-closing.ts";
import { insertUser } from "../people/users.ts";
import { recordDeed } from "../proof/audit.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import type { Tx } from "../relational/relational-store.ts";
import { NOW_MS, sampleWasteBank } from "../savings/sample-savings.ts";
import { countStock, decideCount } from "../stock/count-stock.ts";
import { massBalance } from "../stock/mass-balance.ts";
import { tampered } from "../stock/sample-stock.ts";
import { correctDeposit } from "../trade/correct-deposit.ts";
import { type HistoryRow, importRows, keyed, type RowOutcome } from "./import-history.ts";

onEachEngine("an import of a history", (suite) => {
  const bring = (rows: [string, string, number][]) =>
    rows.map(([day, member, amountIdr]) => {
      const waste = { material: "hvs", weightG: 1_000, amountIdr };
      return { kind: "deposit" as const, day, member, ...waste };
    });
  const take = (day: string, member: string, amountIdr: number) => ({
    kind: "withdrawal" as const,
    day,
    member,
    amountIdr,
  });
  async function run(wasteBank: string, rows: Parameters<typeof keyed<Omit<HistoryRow, "key">>>[1]) {
    await suite.store.db
      .insertInto("materials")
      .values({ id: "hvs", name: "HVS", category: "KERTAS", created_ms: NOW_MS })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const outcomes: RowOutcome[] = [];
    const history = keyed(wasteBank, rows) as HistoryRow[];
    for await (const batch of importRows(suite.store, { wasteBank, rows: history, nowMs: NOW_MS }))
      outcomes.push(...batch.map(({ outcome }) => outcome));
    return outcomes;
  }
  const membersOf = (wasteBank: string) =>
    suite.store.db
      .selectFrom("members")
      .select(["id", "number"])
      .where("waste_bank_id", "=", wasteBank)
      .orderBy("number")
      .execute();

  it("takes nobody for a member of the older books who merely has that number", async () => {
    const wasteBank = await sampleWasteBank(suite.store);
    const number = `${wasteBank.toUpperCase()}-0001`;
    const stranger = { id: newEventId(), kind: "individual", card: null, waste_bank_id: wasteBank } as const;
    const gone = { created_ms: NOW_MS, closed_ms: NOW_MS, erased_ms: NOW_MS };
    await suite.store.db
      .insertInto("members")
      .values({ ...stranger, ...gone, number })
      .execute();
    await suite.store.transaction(async (tx) => {
      const deed = { actor: "user:test", subject: `member:${stranger.id}`, atMs: NOW_MS };
      for (const action of ["member.closed", "member.erased"]) await recordDeed(tx, { ...deed, action });
    });
    const rows = [...bring([["2025-06-20", "0001", 5_000]]), take("2025-06-21", "0001", 2_000)];
    expect(await run(wasteBank, rows)).toEqual([{ kind: "posted" }, { kind: "posted" }]);
    const members = await membersOf(wasteBank);
    expect(members.map((member) => member.number)).toEqual([number, `${number}-2`]);
    const deposits = await suite.store.db
      .selectFrom("deposits")
      .select("member_id as member")
      .where("waste_bank_id", "=", wasteBank)
      .execute();
    expect(deposits).toEqual([{ member: members[1]?.id }]);
    // A second time it finds the member that the first has made, and changes nothing.
    expect(await run(wasteBank, rows)).toEqual([{ kind: "known" }, { kind: "known" }]);
    expect(await membersOf(wasteBank)).toEqual(members);
    expect(await verifyLedger(suite.store.db)).toEqual([]);
  });

  it("refuses further rows of a member who was closed since, and knows those that it has posted", async () => {
    const wasteBank = await sampleWasteBank(suite.store);
    const rows = [...bring([["2025-06-20", "M1", 5_000]]), take("2025-06-21", "M1", 5_000)];
    await run(wasteBank, rows);
    const [member] = await membersOf(wasteBank);
    const ending = { member: member?.id ?? "", reason: "pindah", actor: "user:test", nowMs: NOW_MS };
    expect(await suite.store.transaction((tx) => closeMember(tx, ending))).toMatchObject({ kind: "done" });
    const reason = expect.stringMatching(/^code M1: member .* is closed; .*by hand$/);
    const more = [...rows, ...bring([["2025-06-28", "M1", 700]]), take("2025-06-29", "M1", 1)];
    expect(await run(wasteBank, more)).toEqual([
      { kind: "known" },
      { kind: "known" },
      { kind: "refused", reason },
      { kind: "refused", reason },
    ]);
  });

  const correct = (deposit: string, netG: number | null) =>
    suite.store.transaction(async (tx) => {
      const evidence = { kind: "typed", reason: "koma salah", scale: null } as const;
      const weight = { grossG: null, tareG: null, netG: netG ?? 1 };
      const lines = netG === null ? null : [{ material: "hvs", weight, evidence, printed: null }];
      const asked = { id: newEventId(), deposit, reason: "salah tulis", lines, by: await staff(tx) };
      const outcome = await correctDeposit(tx, asked, NOW_MS);
      if (outcome.kind === "refused") throw new Error(outcome.reason);
      return outcome.replacement;
    });
  const staff = async (tx: Tx) => {
    const user = {
      username: newEventId(),
      passwordHash: "-",
      role: "staff",
      wasteBank: null,
      member: null,
    } as const;
    return (await insertUser(tx, user, NOW_MS)).id;
  };
  const depositsOf = (wasteBank: string) =>
    suite.store.db
      .selectFrom("deposits")
      .select(["id", "total_idr as totalIdr"])
      .where("waste_bank_id", "=", wasteBank)
      .orderBy("id")
      .execute();

  it("refuses a changed row while the one before it stands, as it was or corrected, and takes it when that was taken back", async () => {
    const wasteBank = await sampleWasteBank(suite.store);
    const price = { id: newEventId(), material_id: "hvs", waste_bank_id: wasteBank, price_idr_per_kg: 500 };
    const twice: [string, string, number][] = [
      ["2025-06-20", "M1", 5_000],
      ["2025-06-20", "M1", 5_000],
    ];
    await run(wasteBank, bring(twice));
    await suite.store.db
      .insertInto("prices")
      .values({ ...price, valid_from_ms: 0, created_ms: NOW_MS, created_by: "test" })
      .execute();
    // One of two rows that say the same was changed.
    const changed = bring([
      ["2025-06-20", "M1", 5_000],
      ["2025-06-20", "M1", 6_000],
    ]);
    const refused = (words: RegExp) => [
      { kind: "known" },
      { kind: "refused", reason: expect.stringMatching(words) },
    ];
    expect(await run(wasteBank, changed)).toEqual(
      refused(/1000 g for Rp 5000 .*for Rp 6000: put the row back/),
    );
    // Rows of another day, member or waste are no change of it.
    const more = bring([
      ["2025-06-21", "M1", 1],
      ["2025-06-20", "M2", 1],
    ]);
    expect(await run(wasteBank, more)).toEqual([{ kind: "posted" }, { kind: "posted" }]);
    const [first, second] = keyed(wasteBank, bring(twice)).map(({ key }) => key);
    const idOf = async (key: string | undefined) =>
      (
        await suite.store.db
          .selectFrom("deposits")
          .select("id")
          .where("body_hash", "=", key ?? "")
          .executeTakeFirstOrThrow()
      ).id;
    const replacement = await correct(await idOf(second), 1_200);
    expect(await run(wasteBank, changed)).toEqual(
      refused(new RegExp(`deposit ${replacement} has corrected it already`)),
    );
    // The row as it was tells that it was taken back, and counts no more.
    expect(await run(wasteBank, bring(twice))).toEqual(
      refused(new RegExp(`taken back since, .*; deposit ${replacement} stands in its place`)),
    );
    expect(await correct(replacement ?? "", null)).toBeNull();
    expect(await run(wasteBank, changed)).toEqual([{ kind: "known" }, { kind: "posted" }]);
    expect(await run(wasteBank, changed)).toEqual([{ kind: "known" }, { kind: "known" }]);
    expect(await idOf(first)).toEqual(expect.any(String));
    const totals = (await depositsOf(wasteBank)).map(({ totalIdr }) => totalIdr);
    expect(totals.toSorted((one, other) => one - other)).toEqual([1, 1, 600, 5_000, 5_000, 6_000]);
    expect(await verifyLedger(suite.store.db)).toEqual([]);
  });

  it("leaves nothing of an older book in the store, also when a deposit of it is corrected, and takes in what a count finds", async () => {
    const wasteBank = await sampleWasteBank(suite.store);
    const { db } = suite.store;
    const price = { id: newEventId(), material_id: "hvs", waste_bank_id: wasteBank, price_idr_per_kg: 500 };
    await run(wasteBank, bring([["2025-06-20", "M1", 5_000]]));
    await db
      .insertInto("prices")
      .values({ ...price, valid_from_ms: 0, created_ms: NOW_MS, created_by: "test" })
      .execute();
    const period = { wasteBank, fromMs: 0, toMs: NOW_MS + 1 };
    const balance = async () => (await massBalance(db, period, NOW_MS)).materials;
    const viewer = { user: "test", isAtCounter: false };
    const solvent = async () =>
      (await listSolvency(db, { wasteBank, viewer, nowMs: NOW_MS }, { limit: 2, after: null })).items;
    const empty = { opening: 0, closing: 0, difference: 0 };
    expect(await balance()).toMatchObject([{ ...empty, intake: 1_000, sold: 1_000 }]);
    expect(await solvent()).toMatchObject([
      { savingsIdr: 5_000, stockIdr: 0, stockCostIdr: 0, flag: "short" },
    ]);
    const [deposit] = await depositsOf(wasteBank);
    const replacement = await correct(deposit?.id ?? "", 1_200);
    expect(await balance()).toMatchObject([{ ...empty, intake: 1_200, sold: 1_200 }]);
    expect(await solvent()).toMatchObject([{ savingsIdr: 600, stockIdr: 0, stockCostIdr: 0 }]);
    expect(await verifyLedger(db)).toEqual([]);
    const id = newEventId();
    const found = {
      id,
      wasteBank,
      material: "hvs",
      countedG: 300,
      reason: "opname awal",
      occurredMs: NOW_MS,
    };
    const outcomes = await suite.store.transaction(async (tx) => [
      await countStock(tx, { ...found, countedBy: `user:${await staff(tx)}` }, NOW_MS),
      await decideCount(tx, { id, agrees: true, decidedBy: `user:${await staff(tx)}` }, NOW_MS),
    ]);
    expect(outcomes).toMatchObject([{ kind: "waiting" }, { kind: "posted" }]);
    expect(await balance()).toMatchObject([{ intake: 1_200, surplus: 300, sold: 1_200, closing: 300 }]);
    expect(await correct(replacement ?? "", null)).toBeNull();
    expect(await balance()).toMatchObject([{ intake: 0, surplus: 300, sold: 0, closing: 300 }]);
    expect(await verifyLedger(db)).toEqual([]);
  });

  it.each([
    {
      change: "delete from journals where kind = 'imported_sold'",
      what: "waste of an older book is written out of the store",
    },
    {
      change: "update deposit_lines set net_g = 999",
      what: "its waste leaves the store to the gram, of hvs",
    },
    {
      change: "update deposit_lines set amount_idr = 1",
      what: "its waste leaves the store with its worth, of hvs",
    },
    {
      change: "update deposit_lines set amount_idr = 0",
      what: "nothing else leaves the store with its waste",
    },
  ])("tells that $what, after $change", async ({ change, what }) => {
    await run(await sampleWasteBank(suite.store), bring([["2025-06-20", "M1", 5_000]]));
    const found = await tampered(suite.store, [change], (tx) => verifyLedger(tx));
    expect(found.map((violation) => violation.what)).toContain(what);
  });

  it("refuses a changed withdrawal, and takes a further one of the same day", async () => {
    const wasteBank = await sampleWasteBank(suite.store);
    const waste = bring([["2025-06-20", "M1", 5_000]]);
    await run(wasteBank, [...waste, take("2025-06-21", "M1", 2_000)]);
    expect(await run(wasteBank, [...waste, take("2025-06-21", "M1", 1_000)])).toEqual([
      { kind: "known" },
      { kind: "refused", reason: expect.stringMatching(/of Rp 2000 .*says Rp 1000: put the row back/) },
    ]);
    const both = [take("2025-06-21", "M1", 2_000), take("2025-06-21", "M1", 1_000)];
    expect(await run(wasteBank, [...waste, ...both])).toEqual([
      { kind: "known" },
      { kind: "known" },
      { kind: "posted" },
    ]);
  });

  it("keeps for ever whom it has made", async () => {
    const wasteBank = await sampleWasteBank(suite.store);
    await run(wasteBank, bring([["2025-06-20", "M1", 5_000]]));
    const { db } = suite.store;
    await expect(db.deleteFrom("imported_members").execute()).rejects.toThrow(/LG001/);
    const change = db.updateTable("imported_members").set({ code: "M2" } as never);
    await expect(change.execute()).rejects.toThrow(/LG001/);
  });

  it("leaves a row of each withdrawal, which the verification holds against its journal", async () => {
    const wasteBank = await sampleWasteBank(suite.store);
    await run(wasteBank, [...bring([["2025-06-20", "M9", 5_000]]), take("2025-06-21", "M9", 2_000)]);
    const row = await suite.store.db
      .selectFrom("imported_withdrawals")
      .select(["id", "journal_id as journal", "amount_idr as amountIdr"])
      .where("waste_bank_id", "=", wasteBank)
      .executeTakeFirstOrThrow();
    expect(row.amountIdr).toBe(2_000);
    const found = (statement: string) =>
      tampered(suite.store, [`${statement} where id = '${row.id}'`], (tx) => verifyLedger(tx));
    expect(await found("update imported_withdrawals set amount_idr = 1")).toMatchObject([
      { id: row.id, what: "its journal takes its amount out of the book", expected: 1, found: 2_000 },
    ]);
    expect(await found("delete from imported_withdrawals")).toMatchObject([
      { id: row.journal, what: "a journal imported_withdrawal belongs to a row of imported_withdrawals" },
    ]);
  });
});
