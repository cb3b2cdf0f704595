import { newEventId } from "@jumpa-madu/contracts/ids";
import { type Deposit, DepositLine, type LedgerRecord } from "@jumpa-madu/contracts/records";
import { beforeEach, describe, expect, it } from "vitest";
import { accountId } from "../ledger/account.ts";
import { postJournal } from "../ledger/post-journal.ts";
import { verifySample } from "../ledger/sample-journals.ts";
import { disableUser, insertUser, type NewUser } from "../people/users.ts";
import { onEachEngine, openQuietly } from "../relational/engine-suite.ts";
import { listDeposits } from "../trade/deposits.ts";
import { postRecord, type RecordOutcome } from "./post-record.ts";
import {
  depositOf,
  lineOf,
  NOW_MS,
  type SampleBooks,
  sampleBooks,
  scaleCheckOf,
  standingOf,
  voidOf,
} from "./sample-books.ts";

onEachEngine("posting a record", (suite) => {
  let books: SampleBooks;
  let deposit: Deposit;
  beforeEach(async () => {
    books = await sampleBooks(suite.store);
    deposit = depositOf(books, [lineOf(books, "pet", 1_250)]);
  });

  /** Posts records in one transaction. */
  function postAll(
    records: LedgerRecord[],
    { node = books.node, store = suite.store } = {},
  ): Promise<RecordOutcome[]> {
    return store.transaction(async (tx) => {
      const outcomes: RecordOutcome[] = [];
      for (const record of records) {
        outcomes.push(await postRecord(tx, { node, receivedMs: NOW_MS }, record));
      }
      return outcomes;
    });
  }

  const post = async (record: LedgerRecord, node = books.node) => (await postAll([record], { node }))[0];

  it("posts a deposit once, however often it comes", async () => {
    expect(await post(deposit)).toEqual({ kind: "posted" });
    for (let time = 2; time <= 10; time++)
      expect(await post(structuredClone(deposit))).toEqual({ kind: "duplicate" });
    expect(await postAll([deposit, deposit])).toEqual([{ kind: "duplicate" }, { kind: "duplicate" }]);
    expect(await standingOf(suite.store, books)).toEqual({ savings: 5_625, pet: 1_250 });
  });

  it("posts each of several lines, also of one material, and counts what has no price", async () => {
    const lines = [
      lineOf(books, "pet", 1_000),
      lineOf(books, "pet", 500),
      lineOf(books, "residue", 700),
      lineOf(books, "paper", 1),
    ];
    expect(await post(depositOf(books, lines))).toEqual({ kind: "posted" });
    expect(await standingOf(suite.store, books)).toEqual({ savings: 4_500 + 2_250 + 2, pet: 1_500 });
    expect(await post(depositOf(books, [lineOf(books, "residue", 10)]))).toEqual({ kind: "posted" });
  });

  it("posts the longest deposit", async () => {
    const lines = Array.from({ length: 100 }, (_, index) =>
      lineOf(books, index % 2 ? "pet" : "paper", 1_000),
    );
    expect(await post(depositOf(books, lines))).toEqual({ kind: "posted" });
    expect(await standingOf(suite.store, books)).toEqual({ savings: 50 * (4_500 + 2_250), pet: 50_000 });
    expect(await post(voidOf(depositOf(books, lines)))).toMatchObject({ code: "unknown_deposit" });
  });

  it("keeps every column of a deposit and its lines", async () => {
    await post(deposit);
    const row = await suite.store.db
      .selectFrom("deposits")
      .selectAll()
      .where("id", "=", deposit.id)
      .executeTakeFirst();
    expect(row).toMatchObject({
      node_id: books.node,
      waste_bank_id: books.wasteBank,
      member_id: books.member,
      receipt_no: deposit.receipt_no,
      total_idr: 5_625,
      amount_rule: "half-up-per-line-1",
      occurred_ms: NOW_MS,
      received_ms: NOW_MS,
    });
    const lines = await suite.store.db
      .selectFrom("deposit_lines")
      .selectAll()
      .where("deposit_id", "=", deposit.id)
      .execute();
    const { material, price, scale, ...rest } = lineOf(books, "pet", 1_250);
    expect(lines).toEqual([
      {
        ...rest,
        deposit_id: deposit.id,
        line: 0,
        material_id: material,
        price_id: price,
        scale_id: scale,
        stable: 1,
        verified_until_ms: null,
        supervisor_id: null,
        typed_reason: null,
      },
    ]);
    expect(Object.keys(DepositLine.properties)).toHaveLength(12);
  });

  /** Someone who may agree to typed weights at the waste bank of the books, unless told otherwise. */
  async function newUser(more: Partial<NewUser> = {}): Promise<string> {
    const user = { role: "operator", wasteBank: books.wasteBank, member: null, passwordHash: "-" } as const;
    return (await insertUser(suite.store.db, { ...user, username: newEventId(), ...more }, NOW_MS)).id;
  }

  /** A line whose weight was typed. */
  function typedLine(supervisor: string, more: Partial<DepositLine> = {}): DepositLine {
    const { raw: _raw, ...line } = lineOf(books, "pet", 1_000);
    return { ...line, stable: null, typed: { supervisor, reason: "scale\0 broken" }, ...more };
  }

  it("honours the receipt of far more than a household brings, and flags it to staff", async () => {
    const supervisor = await newUser();
    const { raw: _raw, ...heavy } = lineOf(books, "paper", 100_001);
    const typed = { ...heavy, stable: null, typed: { supervisor, reason: "x" } };
    const dear = depositOf(
      books,
      Array.from({ length: 5 }, () => lineOf(books, "pet", 100_000)),
    );
    const flagsOf = async (deposit: Deposit) => {
      expect(await post(deposit)).toEqual({ kind: "posted" });
      const query = suite.store.db.selectFrom("deposit_differences").where("deposit_id", "=", deposit.id);
      return await query.select(["line", "printed_idr", "computed_idr", "reason"]).execute();
    };
    expect(await flagsOf(dear)).toEqual([
      {
        line: -1,
        printed_idr: 2_250_000,
        computed_idr: 2_250_000,
        reason: "unusual for one deposit: the waste is worth Rp 2250000, more than Rp 2000000",
      },
    ]);
    expect(await flagsOf(depositOf(books, [typed, typed]))).toMatchObject([
      { line: -1, reason: "unusual for one deposit: 200002 g (200.002 kg) were typed, more than 200 kg" },
    ]);
    expect(await flagsOf(depositOf(books, [typed]))).toEqual([]);
  });

  it("keeps who answers for a typed weight and why, and until when the scale was verified", async () => {
    const supervisor = await newUser();
    const weighed = { ...lineOf(books, "pet", 500), verified_until: NOW_MS + 1 };
    const typed = depositOf(books, [typedLine(supervisor), weighed]);
    expect(await post(typed)).toEqual({ kind: "posted" });
    expect(await post(structuredClone(typed))).toEqual({ kind: "duplicate" });
    const columns = ["stable", "raw", "supervisor_id", "typed_reason", "verified_until_ms"] as const;
    const lines = await suite.store.db
      .selectFrom("deposit_lines")
      .select(columns)
      .where("deposit_id", "=", typed.id)
      .orderBy("line")
      .execute();
    expect(lines).toEqual([
      {
        stable: null,
        raw: null,
        supervisor_id: supervisor,
        typed_reason: "scale\uFFFD broken",
        verified_until_ms: null,
      },
      { stable: 1, raw: "0d0a", supervisor_id: null, typed_reason: null, verified_until_ms: NOW_MS + 1 },
    ]);
    expect(await standingOf(suite.store, books)).toEqual({ savings: 6_750, pet: 1_500 });
  });

  it("keeps a net weight whose tare is not known with neither gross nor tare, and refuses one of the two alone", async () => {
    const { gross_g: _gross, tare_g: _tare, ...net } = lineOf(books, "pet", 1_250);
    const oneSided = depositOf(books, [{ ...net, tare_g: 0 }]);
    expect(await post(oneSided)).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("or neither when the tare is not known"),
    });
    expect(await post(depositOf(books, [{ ...net, net_g: 150_001 }]))).toMatchObject({
      code: "weight_out_of_range",
      reason: expect.stringContaining("150001 g net is more than"),
    });
    const known = depositOf(books, [net]);
    expect(await post(known)).toEqual({ kind: "posted" });
    const filter = { wasteBank: books.wasteBank, member: null, node: null, fromMs: null, toMs: null };
    const { items } = await listDeposits(suite.store.db, filter, { limit: 10, after: null });
    expect(items.flatMap(({ lines }) => lines)).toMatchObject([{ grossG: null, tareG: null, netG: 1_250 }]);
  });

  it("takes a typed weight that city staff at the waste bank answers for, also one who was shut out later", async () => {
    const supervisor = await newUser({ role: "staff" });
    await suite.store.transaction((tx) => disableUser(tx, supervisor, NOW_MS + 1));
    expect(await post(depositOf(books, [typedLine(supervisor)]))).toEqual({ kind: "posted" });
  });

  it.each([
    ["a user who does not exist", async () => newEventId(), "does not exist"],
    ["a collector", () => newUser({ role: "collector" }), "collector of wb-"],
    ["an admin", () => newUser({ role: "admin" }), "does not supervise there"],
    ["staff of no waste bank", () => newUser({ role: "staff", wasteBank: null }), "staff of no waste bank"],
    [
      "an operator of another waste bank",
      async () => newUser({ wasteBank: (await sampleBooks(suite.store)).wasteBank }),
      "does not supervise there",
    ],
    [
      "one who had been shut out",
      async () => {
        const id = await newUser();
        await suite.store.transaction((tx) => disableUser(tx, id, NOW_MS));
        return id;
      },
      "shut out on 2026-01-01",
    ],
  ])("refuses a typed weight that %s answers for", async (_who, supervisor, reason) => {
    const refused = await post(depositOf(books, [typedLine(await supervisor())]));
    expect(refused).toMatchObject({
      kind: "refused",
      code: "unknown_supervisor",
      reason: expect.stringContaining(reason),
    });
    expect(await standingOf(suite.store, books)).toEqual({ savings: null, pet: null });
  });

  it("refuses a line that has both a frame and a typed weight, neither, or a typed weight that is stable", async () => {
    const supervisor = await newUser();
    const { raw: _raw, ...bare } = lineOf(books, "pet", 1_000);
    for (const [line, words] of [
      [typedLine(supervisor, { raw: "0d0a" }), "either raw"],
      [bare, "either raw"],
      [typedLine(supervisor, { stable: true }), "no stable flag"],
    ] as const) {
      expect(await post(depositOf(books, [lineOf(books, "pet", 1), line]))).toMatchObject({
        kind: "refused",
        code: "schema",
        reason: expect.stringMatching(new RegExp(`^line 2: .*${words}`)),
      });
    }
  });

  describe("refuses a deposit", () => {
    /** The deposit with its only line changed. */
    const withLine = (change: Partial<DepositLine>) => ({
      ...deposit,
      lines: deposit.lines.map((line) => ({ ...line, ...change })),
    });
    const consigned = (rest: object = {}): Deposit => ({
      ...withLine({ amount_idr: 0 }),
      total_idr: 0,
      settlement: "share_of_sale",
      share_bps: 8_000,
      ...rest,
    });
    const afterClosing = () =>
      suite.store.db
        .updateTable("members")
        .set({ closed_ms: NOW_MS })
        .where("id", "=", books.member)
        .execute()
        .then(() => deposit);
    const withWeight = (netG: number) => depositOf(books, [lineOf(books, "pet", netG)]);
    const faults: [string, string, () => Deposit | Promise<Deposit>][] = [
      ["of another waste bank", "foreign_waste_bank", () => ({ ...deposit, waste_bank: "wb-other" })],
      ["of an unknown member", "unknown_member", () => ({ ...deposit, member: newEventId() })],
      ["at an unknown price", "unknown_price", () => withLine({ price: newEventId() })],
      ["at the price of another material", "unknown_price", () => withLine({ price: books.prices.paper })],
      ["of an unknown material", "unknown_price", () => withLine({ material: "gold" })],
      ["of a member who has left", "member_closed", afterClosing],
      ["from an unknown scale", "unknown_device", () => withLine({ scale: "scale-other" })],
      ["whose tare does not fit", "amount_mismatch", () => withLine({ tare_g: 99 })],
      ["whose lines do not add up", "amount_mismatch", () => withLine({ amount_idr: 5_626 })],
      ["by a share that it does not name", "schema", () => consigned({ share_bps: undefined })],
      ["that names a share of what is bought", "schema", () => ({ ...deposit, share_bps: 8_000 })],
      [
        "that owes something before the sale",
        "schema",
        () => ({ ...consigned(), lines: deposit.lines, total_idr: 5_625 }),
      ],
      ["that pays cash before the sale", "nothing_to_pay", () => consigned({ purpose: "cash" })],
      ["heavier than its scale can weigh", "weight_out_of_range", () => withWeight(149_901)],
      ["whose weight was not at rest", "unstable_weight", () => withLine({ stable: false })],
      ["before its price begins", "unknown_price", () => ({ ...deposit, t: NOW_MS - 1 })],
      ["with a wrong total", "amount_mismatch", () => ({ ...deposit, total_idr: 5_624 })],
    ];
    it.each(faults)("%s: %s", async (_name, code, faulty) => {
      expect(await post(await faulty())).toMatchObject({ kind: "refused", code, reason: expect.any(String) });
      expect(await standingOf(suite.store, books)).toEqual({ savings: null, pet: null });
      await suite.store.db
        .updateTable("members")
        .set({ closed_ms: null })
        .where("id", "=", books.member)
        .execute();
      expect(await post(deposit)).toEqual({ kind: "posted" });
    });

    it("by the words of its price's beginning and of its scale's capacity", async () => {
      const begins = new Date(NOW_MS).toISOString();
      expect(await post({ ...deposit, t: NOW_MS - 1 })).toMatchObject({
        reason: expect.stringContaining(`holds only from ${begins}`),
      });
      expect(await post(withWeight(149_901))).toMatchObject({
        reason: expect.stringMatching(/^line 1: 150001 g .* 150000 g/),
      });
    });

    it("but none as heavy as its scale can weigh, nor one whose scale does not tell that it is at rest", async () => {
      expect(await post(withWeight(149_900))).toEqual({ kind: "posted" });
      expect(await post(withLine({ stable: null }))).toEqual({ kind: "posted" });
    });

    it("but none at a price that a later one has followed, for its terminal may have been offline", async () => {
      await suite.store.db
        .insertInto("prices")
        .values({
          id: newEventId(),
          material_id: "pet",
          waste_bank_id: books.wasteBank,
          price_idr_per_kg: 1,
          valid_from_ms: NOW_MS + 10,
          created_ms: NOW_MS,
          created_by: "test",
        })
        .execute();
      expect(await post({ ...deposit, t: NOW_MS + 20 })).toEqual({ kind: "posted" });
    });

    it("at a price of another waste bank: unknown_price", async () => {
      const other = await sampleBooks(suite.store);
      expect(await post(withLine({ price: other.prices.pet }))).toMatchObject({ code: "unknown_price" });
    });

    it("from a scale of another node: unknown_device", async () => {
      const other = await sampleBooks(suite.store);
      expect(await post(withLine({ scale: other.scale }))).toMatchObject({ code: "unknown_device" });
    });

    it("from an unknown node: foreign_waste_bank", async () => {
      expect(await post(deposit, "node-none")).toMatchObject({ code: "foreign_waste_bank" });
    });

    it("whose id or receipt was used for another: deposit_conflict", async () => {
      await post(deposit);
      expect(await post({ ...deposit, t: NOW_MS + 1 })).toMatchObject({ code: "deposit_conflict" });
      expect(await post({ ...deposit, id: newEventId() })).toMatchObject({ code: "deposit_conflict" });
      expect(await standingOf(suite.store, books)).toEqual({ savings: 5_625, pet: 1_250 });
    });
  });

  it("leaves no account behind when the ledger refuses the deposit", async () => {
    const other = await sampleBooks(suite.store);
    await post(depositOf(other, [lineOf(other, "pet", 1)]), other.node);
    const savings = accountId({
      kind: "member_savings",
      ledger: "IDR",
      wasteBank: other.wasteBank,
      member: other.member,
      part: "regular",
    });
    const value = accountId({ kind: "stock_value", ledger: "IDR", wasteBank: other.wasteBank, part: "pet" });
    await postJournal(suite.store, {
      idempotencyKey: `deposit:${deposit.id}`,
      kind: "other",
      actor: "user:test",
      occurredMs: NOW_MS,
      transfers: [{ phase: "post", debit: savings, credit: value, amount: 1 }],
    });
    expect(await post(deposit)).toMatchObject({ kind: "refused", code: "deposit_conflict" });
    expect(await standingOf(suite.store, books)).toEqual({ savings: null, pet: null });
  });

  describe("a void", () => {
    it("takes the deposit back once", async () => {
      const record = voidOf(deposit);
      await post(deposit);
      expect(await post(record)).toEqual({ kind: "posted" });
      expect(await standingOf(suite.store, books)).toEqual({ savings: 0, pet: 0 });
      expect(await post(record)).toEqual({ kind: "duplicate" });
      expect(await post({ ...record, reason: "another reason" })).toMatchObject({ code: "deposit_conflict" });
      expect(await post(voidOf(deposit))).toMatchObject({ code: "deposit_conflict" });
      expect(await post(deposit)).toEqual({ kind: "duplicate" });
      expect(await standingOf(suite.store, books)).toEqual({ savings: 0, pet: 0 });
    });

    it("comes from the terminal that took the deposit alone", async () => {
      const other = await sampleBooks(suite.store);
      await post(deposit);
      expect(await post(voidOf(deposit), other.node)).toMatchObject({ code: "unknown_deposit" });
      expect(await post(voidOf(depositOf(books, [])))).toMatchObject({ code: "unknown_deposit" });
    });

    it("is refused when the member has spent the money, and the transaction goes on", async () => {
      await post(deposit);
      const { wasteBank, member } = books;
      const savings = accountId({
        kind: "member_savings",
        ledger: "IDR",
        wasteBank,
        member,
        part: "regular",
      });
      const value = accountId({ kind: "stock_value", ledger: "IDR", wasteBank, part: "pet" });
      const spent = await postJournal(suite.store, {
        idempotencyKey: newEventId(),
        kind: "spent",
        actor: "user:test",
        occurredMs: NOW_MS,
        transfers: [{ phase: "pend", debit: savings, credit: value, amount: 1 }],
      });
      expect(spent.kind).toBe("posted");
      const next = depositOf(books, [lineOf(books, "paper", 100)]);
      expect(await postAll([voidOf(deposit), next])).toMatchObject([
        { code: "ledger_refused" },
        { kind: "posted" },
      ]);
      expect(await standingOf(suite.store, books)).toEqual({ savings: 5_625 + 225, pet: 1_250 });
    });

    it("keeps a reason with any characters", async () => {
      await post(deposit);
      expect(await post(voidOf(deposit, { reason: "salah\0\ud800 timbang 🗑" }))).toEqual({ kind: "posted" });
    });
  });

  it("keeps a scale check once, from the node of the scale alone", async () => {
    const check = scaleCheckOf(books);
    expect(await post(check)).toEqual({ kind: "posted" });
    expect(await post(check)).toEqual({ kind: "duplicate" });
    expect(await post({ ...check, shown_g: 1 })).toMatchObject({ code: "deposit_conflict" });
    expect(await post(scaleCheckOf(books, { scale: "none" }))).toMatchObject({ code: "unknown_device" });
    expect(await post(scaleCheckOf(await sampleBooks(suite.store)))).toMatchObject({
      code: "unknown_device",
    });
    const row = await suite.store.db
      .selectFrom("scale_checks")
      .selectAll()
      .where("id", "=", check.id)
      .executeTakeFirst();
    expect(row).toMatchObject({ reference_g: 5_000, shown_g: 4_999.5 });
  });

  it("leaves the other records of a batch alone when one is refused", async () => {
    const good = Array.from({ length: 3 }, () => depositOf(books, [lineOf(books, "pet", 1_000)]));
    const poison = { ...scaleCheckOf(books), shown_g: null as unknown as number };
    const outcomes = await postAll([
      good[0] ?? deposit,
      { ...deposit, total_idr: 1 },
      good[1] ?? deposit,
      poison,
      voidOf(deposit),
      good[2] ?? deposit,
    ]);
    expect(outcomes).toMatchObject([
      { kind: "posted" },
      { code: "amount_mismatch" },
      { kind: "posted" },
      { code: "store_refused" },
      { code: "unknown_deposit" },
      { kind: "posted" },
    ]);
    expect(await standingOf(suite.store, books)).toEqual({ savings: 13_500, pet: 3_000 });
  });

  if (suite.engine === "postgres") {
    it("posts once what comes over many connections at once, and tells each what it is", async () => {
      const stores = [suite.store, openQuietly(suite.url)];
      const other = { ...deposit, id: newEventId() };
      const outcomes = await Promise.all(
        Array.from({ length: 12 }, (_, index) => {
          const store = stores[index % 2] ?? suite.store;
          return postAll([index < 10 ? deposit : other], { store });
        }),
      );
      const kinds = outcomes.map(([outcome]) => outcome?.kind);
      expect(kinds.filter((kind) => kind === "posted")).toHaveLength(1);
      const isOurs =
        (await suite.store.db.selectFrom("deposits").where("id", "=", deposit.id).selectAll().execute())
          .length === 1;
      // The two deposits share a receipt, so one of them stands and the other is refused each time.
      expect(kinds.filter((kind) => kind === "duplicate")).toHaveLength(isOurs ? 9 : 1);
      expect(await standingOf(suite.store, books)).toEqual({ savings: 5_625, pet: 1_250 });
      const winner = isOurs ? deposit : other;
      const voids = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          postAll([voidOf(winner)], { store: stores[index % 2] ?? suite.store }),
        ),
      );
      expect(voids.filter(([outcome]) => outcome?.kind === "posted")).toHaveLength(1);
      expect(
        voids.filter(([outcome]) => outcome?.kind === "refused" && outcome.code === "deposit_conflict"),
      ).toHaveLength(9);
      await stores[1]?.close();
    });
  }

  it("leaves books that verify", async () => {
    expect(await verifySample(suite.store.db)).toEqual([]);
  });
});
