import { newEventId } from "@jumpa-madu/contracts/ids";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { verifySample } from "../ledger/sample-journals.ts";
import { insertUser } from "../people/users.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { openTestVault } from "../vault/test-vault.ts";
import type { Vault } from "../vault/vault.ts";
import { closeBook } from "./book-changes.ts";
import { type Book, findBook } from "./book-list.ts";
import { approveMass } from "./mass-approval.ts";
import { findMass, listMassItems } from "./mass-list.ts";
import {
  MASS_BATCH_BOOKS,
  MASS_CALL_BOOKS_MAX,
  type MassOutcome,
  type NewMassWithdrawal,
  requestMass,
} from "./mass-withdrawals.ts";
import { move, NOW_MS, sampleBook, sampleMember, sampleProduct, sampleWasteBank } from "./sample-savings.ts";

onEachEngine("a mass withdrawal", (suite) => {
  let vault: Vault;
  let wasteBank: string;
  let product: string;
  let requester: string;
  let approver: string;

  beforeAll(async () => {
    vault = await openTestVault();
  });
  afterAll(() => vault.close());

  beforeEach(async () => {
    wasteBank = await sampleWasteBank(suite.store);
    product = await sampleProduct(suite.store, { minBalanceIdr: 5_000 });
    requester = await user();
    approver = await user();
  });

  async function user(): Promise<string> {
    const { id } = await insertUser(
      suite.store.db,
      { username: `u-${newEventId()}`, passwordHash: "-", role: "staff", wasteBank: null, member: null },
      NOW_MS,
    );
    return `user:${id}`;
  }

  /** Books of as many members, each with the amount on it. */
  async function booksWith(amounts: number[]): Promise<Book[]> {
    const books: Book[] = [];
    for (const [index, amountIdr] of amounts.entries()) {
      const member = await sampleMember(suite.store, wasteBank);
      // Each a millisecond later, so that the list is in this order.
      const atMs = NOW_MS - amounts.length + index;
      const book = await sampleBook(suite.store, { member, wasteBank, product }, atMs);
      if (amountIdr > 0) await move(suite.store, book, { amountIdr });
      books.push(book);
    }
    return books;
  }

  const asked = (more: Partial<NewMassWithdrawal> = {}): NewMassWithdrawal => ({
    id: newEventId(),
    wasteBank,
    product,
    channel: "cash",
    amountIdr: null,
    reason: "Lebaran",
    requestedBy: requester,
    nowMs: NOW_MS,
    ...more,
  });
  const request = (wanted: NewMassWithdrawal) => requestMass(suite.store, { provider: null }, wanted);
  const approve = (mass: string, by = approver) =>
    approveMass(suite.store, { vault, provider: null }, { mass, approver: by, nowMs: NOW_MS });
  const itemsOf = async (mass: string) =>
    (await listMassItems(suite.store.db, mass, { limit: 500, after: null })).items;
  const massOf = (outcome: MassOutcome) => {
    if (outcome.kind === "refused") throw new Error(outcome.reason);
    return outcome.mass;
  };

  it("asks for a payout of all that the rules let go, and lists who is left out and why", async () => {
    const [rich, poor, empty, closed] = await booksWith([20_000, 5_000, 0, 0]);
    await suite.store.transaction((tx) =>
      closeBook(tx, { id: closed?.id ?? "", reason: "pindah" }, { actor: "user:test", nowMs: NOW_MS }),
    );
    const wanted = asked();
    expect(massOf(await request(wanted))).toMatchObject({
      preparedMs: NOW_MS,
      books: 3,
      payouts: 1,
      totalIdr: 15_000,
    });
    expect(await itemsOf(wanted.id)).toMatchObject([
      { book: rich?.id, amountIdr: 15_000, state: "requested", code: null },
      { book: poor?.id, amountIdr: 0, payout: null, code: "empty" },
      { book: empty?.id, amountIdr: 0, payout: null, code: "empty" },
    ]);
    expect(await findBook(suite.store.db, rich?.id ?? "")).toMatchObject({ heldIdr: 15_000 });
  });

  it("is answered as it stands, and nothing is written, when another approves what needs no approval any more", async () => {
    await booksWith([20_000, 12_000]);
    const wanted = asked();
    await request(wanted);
    const first = await approve(wanted.id);
    expect(first).toMatchObject({ mass: { approvals: [{ approver, approved: 2, refused: 0 }] } });
    expect(await approve(wanted.id, await user())).toEqual(first);
    expect(await approve(wanted.id)).toEqual(first);
    const deeds = await suite.store.db
      .selectFrom("audit_events")
      .select("actor")
      .where("subject", "=", `mass_withdrawal:${wanted.id}`)
      .where("action", "=", "mass_withdrawal.approved")
      .execute();
    expect(deeds).toEqual([{ actor: approver }]);
  });

  it("asks for a fixed amount, and names the rule where a book does not let it go", async () => {
    await booksWith([20_000, 12_000]);
    const wanted = asked({ amountIdr: 10_000 });
    await request(wanted);
    expect(await itemsOf(wanted.id)).toMatchObject([
      { amountIdr: 10_000, state: "requested" },
      { amountIdr: 10_000, code: "below_min_balance", payout: null },
    ]);
  });

  it("leaves out members who have no destination of the channel", async () => {
    await booksWith([20_000]);
    const wanted = asked({ channel: "bri" });
    await request(wanted);
    expect(await itemsOf(wanted.id)).toMatchObject([{ code: "destination_unusable", payout: null }]);
  });

  it("sent again asks for nothing again, and under the same id for nothing else", async () => {
    await booksWith([20_000, 20_000]);
    const wanted = asked();
    const outcomes = await Promise.all([request(wanted), request(wanted), request(wanted)]);
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(["begun", "continued", "continued"]);
    expect(massOf(await request({ ...wanted, nowMs: NOW_MS + 1 }))).toMatchObject({ books: 2, payouts: 2 });
    const payouts = await suite.store.db
      .selectFrom("payouts")
      .select("id")
      .where("waste_bank_id", "=", wasteBank)
      .execute();
    expect(payouts).toHaveLength(2);
    expect(await request({ ...wanted, amountIdr: 1 })).toMatchObject({ kind: "refused", code: "id_taken" });
  });

  it("goes on in batches where it stopped, call by call", async () => {
    const wanted = asked();
    const books = await booksWith(Array.from({ length: MASS_CALL_BOOKS_MAX + 3 }, () => 6_000));
    expect(massOf(await request(wanted))).toMatchObject({ books: MASS_CALL_BOOKS_MAX, preparedMs: null });
    expect(await approve(wanted.id)).toMatchObject({ kind: "refused", code: "mass_state" });
    expect(massOf(await request(wanted))).toMatchObject({ books: books.length, preparedMs: NOW_MS });
    const first = await approve(wanted.id);
    expect(first).toMatchObject({ mass: { approvals: [{ approved: MASS_CALL_BOOKS_MAX, doneMs: null }] } });
    const second = await approve(wanted.id);
    expect(second).toMatchObject({
      mass: { approvals: [{ approved: books.length, refused: 0, doneMs: NOW_MS }] },
    });
    expect(await verifySample(suite.store.db)).toEqual([]);
  }, 60_000);

  it("loses nothing that was committed when it dies in the middle of a batch", async () => {
    await booksWith(Array.from({ length: MASS_BATCH_BOOKS + 5 }, () => 6_000));
    const wanted = asked();
    let calls = 0;
    const dying = {
      ...suite.store,
      transaction: <T>(work: Parameters<typeof suite.store.transaction<T>>[0]) => {
        calls += 1;
        return suite.store.transaction<T>(async (tx) => {
          const done = await work(tx);
          if (calls === 3) throw new Error("power cut");
          return done;
        });
      },
    };
    const counter = { provider: null };
    await expect(requestMass(dying, counter, wanted)).rejects.toThrow("power cut");
    expect(await findMass(suite.store.db, wanted.id)).toMatchObject({
      books: MASS_BATCH_BOOKS,
      preparedMs: null,
    });
    const mass = massOf(await request(wanted));
    expect(mass).toMatchObject({ books: MASS_BATCH_BOOKS + 5, payouts: MASS_BATCH_BOOKS + 5 });
    const held = await itemsOf(wanted.id);
    expect(new Set(held.map(({ payout }) => payout)).size).toBe(MASS_BATCH_BOOKS + 5);
  });

  it("is gone on with by somebody else, and stays of who has asked for it", async () => {
    await booksWith(Array.from({ length: MASS_CALL_BOOKS_MAX + 1 }, () => 6_000));
    const wanted = asked();
    expect(massOf(await request(wanted)).preparedMs).toBeNull();
    const other = await user();
    expect(massOf(await request({ ...wanted, requestedBy: other }))).toMatchObject({
      requestedBy: requester,
      preparedMs: NOW_MS,
      payouts: MASS_CALL_BOOKS_MAX + 1,
    });
    const askers = await suite.store.db
      .selectFrom("payouts")
      .select("requested_by")
      .distinct()
      .where("waste_bank_id", "=", wasteBank)
      .execute();
    expect(askers).toEqual([{ requested_by: requester }]);
    const deeds = await suite.store.db
      .selectFrom("audit_events")
      .select(["actor", "action"])
      .where("subject", "=", `mass_withdrawal:${wanted.id}`)
      .orderBy("action")
      .execute();
    expect(deeds).toEqual([
      { actor: other, action: "mass_withdrawal.continued" },
      { actor: requester, action: "mass_withdrawal.requested" },
    ]);
  }, 60_000);

  it("is approved by another person, all at once", async () => {
    await booksWith([20_000, 30_000]);
    const wanted = asked();
    await request(wanted);
    expect(await approve(wanted.id, requester)).toMatchObject({ kind: "refused", code: "mass_state" });
    expect(await approve(newEventId())).toMatchObject({ kind: "refused", code: "mass_unknown" });
    expect(await approve(wanted.id)).toMatchObject({ mass: { approvals: [{ approver, approved: 2 }] } });
    expect((await itemsOf(wanted.id)).map(({ state }) => state)).toEqual(["payable", "payable"]);
    expect(await approve(wanted.id)).toMatchObject({ mass: { approvals: [{ approved: 2, refused: 0 }] } });
  });

  it("counts the payouts that an approver may not approve, with the reason", async () => {
    const [, own] = await booksWith([20_000, 30_000]);
    const { id } = await insertUser(
      suite.store.db,
      {
        username: `u-${newEventId()}`,
        passwordHash: "-",
        role: "member",
        wasteBank: null,
        member: own?.member ?? "",
      },
      NOW_MS,
    );
    const wanted = asked();
    await request(wanted);
    expect(await approve(wanted.id, `user:${id}`)).toMatchObject({
      mass: {
        approvals: [{ approved: 1, refused: 1, lastRefusal: expect.stringContaining("ask somebody else") }],
      },
    });
    expect(await approve(wanted.id)).toMatchObject({ kind: "approved" });
    expect((await itemsOf(wanted.id)).map(({ state }) => state)).toEqual(["payable", "payable"]);
  });
});
