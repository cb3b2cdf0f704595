/** Asking, approving, rejecting, cancelling, taking up again: who may do what, and when. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { LimitScope } from "@jumpa-madu/contracts/payout/states";
import { afterEach, beforeEach, expect, it } from "vitest";
import { nameMemberOf } from "../people/users.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { approvePayout } from "./approve-payout.ts";
import { attemptsOf, bytesOf } from "./attempts.ts";
import {
  addDestination,
  COOL_DOWN_MS,
  confirmDestination,
  DESTINATIONS_MAX,
  findDestination,
  keepNameCheck,
  retireDestination,
} from "./destinations.ts";
import { cancelPayout, rejectPayout } from "./end-payout.ts";
import {
  answer,
  approved,
  cashOf,
  HOUR_MS,
  limitIn,
  moneyOf,
  request,
  type SampleBank,
  sampleBank,
  sending,
  transferOf,
} from "./payout-fixture.ts";
import type { NewPayout } from "./request-payout.ts";
import { retryPayout } from "./retry-payout.ts";

onEachEngine("a payout", (suite) => {
  let bank: SampleBank;
  beforeEach(async () => {
    bank = await sampleBank(suite.store, 100_000);
  });
  afterEach(() => bank.desk.vault.close());

  const approve = (payout: string, approver: string, nowMs = bank.nowMs) =>
    suite.store.transaction((tx) => approvePayout(bank.desk, tx, { payout, approver, nowMs }));
  const reject = (payout: string, actor: string) =>
    suite.store.transaction((tx) => rejectPayout(tx, { payout, actor, reason: "uji", nowMs: bank.nowMs }));
  const cancel = (payout: string, actor: string) =>
    suite.store.transaction((tx) => cancelPayout(tx, { payout, actor, reason: "uji", nowMs: bank.nowMs }));

  it("is not approved by an officer who is the member, at the database as well", async () => {
    const payout = transferOf(bank);
    await request(bank, payout);
    const [staff, chief] = [bank.staff, bank.chief].map((actor) => actor.slice("user:".length));
    const named = await suite.store.transaction((tx) =>
      nameMemberOf(tx, { id: staff ?? "", member: payout.member, actor: bank.chief }, bank.nowMs),
    );
    expect(named).toMatchObject({ kind: "named", user: { id: staff, role: "staff", member: payout.member } });
    expect(await approve(payout.id, bank.staff)).toMatchObject({ kind: "refused", code: "own_request" });
    const write = suite.store.db
      .updateTable("payouts")
      .set({ state: "payable", approved_by: bank.staff, approved_ms: bank.nowMs })
      .where("id", "=", payout.id)
      .execute();
    await expect(write).rejects.toThrow(/LG010/);
    expect(await approve(payout.id, `user:${chief}`)).toMatchObject({ kind: "approved" });
  });

  it("asked for by an officer who is the member counts into the officer's day", async () => {
    const officer = bank.officer.slice("user:".length);
    const own = transferOf(bank);
    await suite.store.transaction((tx) =>
      nameMemberOf(tx, { id: officer, member: own.member, actor: bank.chief }, bank.nowMs),
    );
    await request(bank, { ...own, requestedBy: bank.officer });
    const row = await suite.store.db
      .selectFrom("payouts")
      .select("by_officer")
      .where("id", "=", own.id)
      .executeTakeFirstOrThrow();
    expect(row.by_officer).toBe(1);
  });

  it("holds the money when it is asked for, and gives it back when it is rejected or cancelled, once", async () => {
    for (const end of [() => reject, () => cancel]) {
      const payout = transferOf(bank);
      expect(await request(bank, payout)).toMatchObject({
        kind: "requested",
        payout: { state: "requested" },
      });
      expect((await moneyOf(bank)).held).toBe(50_000);
      const by = end() === reject ? bank.staff : bank.officer;
      expect(await end()(payout.id, by)).toMatchObject({ kind: "ended" });
      expect(await end()(payout.id, by)).toMatchObject({ kind: "repeated" });
      expect(await moneyOf(bank)).toMatchObject({ savings: 100_000, held: 0 });
    }
  });

  it("is asked for once under one id, and another request under it is a conflict", async () => {
    const payout = transferOf(bank);
    await request(bank, payout);
    expect(await request(bank, { ...payout, nowMs: payout.nowMs + 5 })).toMatchObject({ kind: "repeated" });
    expect(await request(bank, { ...payout, amountIdr: 1 })).toMatchObject({ code: "conflict" });
    expect(await request(bank, { ...payout, requestedBy: bank.staff })).toMatchObject({ code: "conflict" });
    expect((await moneyOf(bank)).held).toBe(50_000);
  });

  it("is never approved by whoever asked for it: neither by us nor by the database", async () => {
    const payout = transferOf(bank);
    await request(bank, payout);
    expect(await approve(payout.id, bank.officer)).toMatchObject({ code: "own_request" });
    await expect(
      suite.store.db
        .updateTable("payouts")
        .set({ state: "paying", approved_by: bank.officer, approved_ms: 1 })
        .where("id", "=", payout.id)
        .execute(),
    ).rejects.toThrow(/approved_by_another/);
  });

  it("is never approved by the member's own user", async () => {
    const own = newEventId();
    await suite.store.db
      .insertInto("users")
      .values({
        id: own,
        username: own,
        password_hash: "none",
        role: "member",
        waste_bank_id: null,
        member_id: bank.member,
        created_ms: 0,
      })
      .execute();
    const payout = transferOf(bank);
    await request(bank, payout);
    expect(await approve(payout.id, `user:${own}`)).toMatchObject({ code: "own_request" });
    expect(await approve(payout.id, "user:nobody")).toMatchObject({ code: "unknown" });
  });

  it("of a member who asks alone counts for no officer", async () => {
    const own = newEventId();
    await suite.store.db
      .insertInto("users")
      .values({
        id: own,
        username: own,
        password_hash: "none",
        role: "member",
        waste_bank_id: null,
        member_id: bank.member,
        created_ms: 0,
      })
      .execute();
    await limit("cashier_day", 10_000);
    expect(await request(bank, transferOf(bank))).toMatchObject({ code: "over_limit" });
    expect(await request(bank, transferOf(bank, { requestedBy: `user:${own}` }))).toMatchObject({
      kind: "requested",
      payout: { byOfficer: false },
    });
  });

  it("above a limit is approved by two different people", async () => {
    await limit("second_approval", 49_999);
    const payout = transferOf(bank);
    await request(bank, payout);
    expect(await approve(payout.id, bank.staff)).toMatchObject({
      kind: "half_approved",
      payout: { state: "half_approved" },
    });
    expect(await approve(payout.id, bank.staff)).toMatchObject({ code: "own_request" });
    expect(await approve(payout.id, bank.officer)).toMatchObject({ code: "own_request" });
    await expect(
      suite.store.db
        .updateTable("payouts")
        .set({ state: "paying", second_approved_by: bank.staff, second_approved_ms: 1 })
        .where("id", "=", payout.id)
        .execute(),
    ).rejects.toThrow(/second_approved_by_another/);
    await expect(
      suite.store.db.updateTable("payouts").set({ state: "paying" }).where("id", "=", payout.id).execute(),
    ).rejects.toThrow(/constraint|check/i);
    expect(await approve(payout.id, bank.chief)).toMatchObject({
      kind: "approved",
      payout: { state: "paying" },
    });
  });

  it("gets its bytes and its key when it is approved, once, and nobody reads them in the database", async () => {
    const { id } = await approved(bank);
    expect(await approve(id, bank.staff)).toMatchObject({ kind: "repeated" });
    expect(await approve(id, bank.chief)).toMatchObject({ code: "wrong_state" });
    const [attempt, ...more] = await attemptsOf(suite.store.db, id);
    expect(more).toEqual([]);
    if (attempt === undefined) throw new Error("no attempt");
    expect(attempt).toMatchObject({
      n: 1,
      state: "queued",
      sends: 0,
      idempotencyKey: `${id}:1`,
      provider: "xendit-v2",
    });
    const body = JSON.parse(Buffer.from(await bytesOf(bank.desk.vault, suite.store.db, attempt)).toString());
    expect(body).toMatchObject({ reference_id: attempt.id, amount: 50_000, channel_code: "ID_BCA" });
    const { sealed_bytes } = await suite.store.db
      .selectFrom("payout_attempts")
      .select("sealed_bytes")
      .where("id", "=", attempt.id)
      .executeTakeFirstOrThrow();
    expect(Buffer.from(sealed_bytes).toString("latin1")).not.toContain("1234567890");
  });

  it("by cash waits at the counter and makes no attempt", async () => {
    const { id, state } = await approved(bank, cashOf(bank));
    expect(state).toBe("payable");
    expect(await attemptsOf(suite.store.db, id)).toEqual([]);
    expect(await cancel(id, bank.staff)).toMatchObject({ kind: "ended" });
    expect((await moneyOf(bank)).held).toBe(0);
  });

  it("on its way is neither rejected nor cancelled", async () => {
    const { id } = await approved(bank);
    expect(await reject(id, bank.chief)).toMatchObject({ code: "wrong_state" });
    expect(await cancel(id, bank.officer)).toMatchObject({ code: "wrong_state" });
    expect(await reject("none", bank.chief)).toMatchObject({ code: "unknown" });
    expect(await reject((await asked()).id, bank.officer)).toMatchObject({ code: "own_request" });
  });

  it.each<{ name: string; change: Partial<NewPayout>; code: string }>([
    { name: "zero", change: { amountIdr: 0 }, code: "channel_unfit" },
    { name: "negative", change: { amountIdr: -5 }, code: "channel_unfit" },
    { name: "a fraction", change: { amountIdr: 1.5 }, code: "channel_unfit" },
    { name: "beyond 10^12", change: { amountIdr: 10 ** 12 + 1 }, code: "channel_unfit" },
    { name: "more than the channel takes", change: { amountIdr: 250_000_001 }, code: "over_limit" },
    { name: "more than there is", change: { amountIdr: 100_001 }, code: "below_min_balance" },
    { name: "an unknown member", change: { member: "nobody" }, code: "unknown" },
    { name: "an unknown product", change: { product: "none" }, code: "book_unknown" },
    { name: "an unknown channel", change: { channel: "bank-of-nowhere" }, code: "channel_unfit" },
    { name: "a channel of another destination", change: { channel: "bni" }, code: "channel_unfit" },
    { name: "cash with a destination", change: { channel: "cash" }, code: "channel_unfit" },
    { name: "a transfer without destination", change: { destination: null }, code: "channel_unfit" },
    { name: "an unknown destination", change: { destination: "none" }, code: "unknown" },
  ])("of $name is refused and changes nothing", async ({ change, code }) => {
    const outcome = await request(bank, transferOf(bank, change));
    expect(outcome).toMatchObject({ kind: "refused", code });
    expect(await moneyOf(bank)).toMatchObject({ savings: 100_000, held: 0 });
  });

  it("by transfer is refused without a provider", async () => {
    const cashOnly = { ...bank, desk: { ...bank.desk, provider: null } };
    expect(await request(cashOnly, transferOf(bank))).toMatchObject({ code: "no_provider" });
    expect(await request(cashOnly, cashOf(bank))).toMatchObject({ kind: "requested" });
    const payout = transferOf(bank, { amountIdr: 10_000 });
    await request(bank, payout);
    const outcome = await suite.store.transaction((tx) =>
      approvePayout(cashOnly.desk, tx, { payout: payout.id, approver: bank.staff, nowMs: bank.nowMs }),
    );
    expect(outcome).toMatchObject({ code: "no_provider" });
  });

  it.each<{ scope: LimitScope; amountIdr: number; code: string }>([
    { scope: "payout_min", amountIdr: 50_001, code: "under_limit" },
    { scope: "payout_max", amountIdr: 49_999, code: "over_limit" },
    { scope: "first_to_destination", amountIdr: 49_999, code: "over_limit" },
    { scope: "member_day", amountIdr: 49_999, code: "over_limit" },
    { scope: "cashier_day", amountIdr: 49_999, code: "over_limit" },
    { scope: "unit_day", amountIdr: 49_999, code: "over_limit" },
  ])(
    "beyond the limit $scope is refused, and a limit of its own or its end takes its place",
    async (sample) => {
      await limit(sample.scope, sample.amountIdr);
      expect(await request(bank, transferOf(bank))).toMatchObject({ kind: "refused", code: sample.code });
      await limit(sample.scope, null, 1);
      expect(await request(bank, transferOf(bank))).toMatchObject({ kind: "requested" });
    },
  );

  it("that was given back frees the day's limit, also on a later day", async () => {
    await limit("member_day", 50_000);
    const first = await asked();
    expect(await request(bank, transferOf(bank))).toMatchObject({ code: "over_limit" });
    await cancel(first.id, bank.officer);
    expect(await request(bank, transferOf(bank))).toMatchObject({ kind: "requested" });
    expect(await request(bank, transferOf(bank, { nowMs: bank.nowMs + 24 * HOUR_MS }))).toMatchObject({
      kind: "requested",
    });
  });

  it("that failed is taken up again by somebody else, once, and approved anew", async () => {
    const attempt = await sending(bank);
    const failed = (await answer(bank, attempt, { outcome: { kind: "failed", failure: "destination" } })) as {
      payout: { id: string };
    };
    const retry = (actor: string, id = newEventId()) =>
      suite.store.transaction((tx) =>
        retryPayout({ provider: "xendit-v2" }, tx, {
          id,
          payout: failed.payout.id,
          actor,
          nowMs: bank.nowMs,
        }),
      );
    expect(await retry(bank.officer)).toMatchObject({ code: "own_request" });
    const again = await retry(bank.staff);
    expect(again).toMatchObject({
      kind: "requested",
      payout: { retryOf: failed.payout.id, state: "requested" },
    });
    expect(await retry(bank.chief)).toMatchObject({ code: "conflict" });
    if (again.kind === "refused") throw new Error(again.reason);
    expect(await retry(bank.staff, again.payout.id)).toMatchObject({ kind: "repeated" });
    expect(await approve(again.payout.id, bank.staff)).toMatchObject({ code: "own_request" });
    expect(await approve(again.payout.id, bank.chief)).toMatchObject({ kind: "approved" });
  });

  it("goes to a destination only after a day, while it is in use, and when its holder is not another", async () => {
    const { destination } = bank;
    const young = transferOf(bank, { nowMs: bank.nowMs - 2 * HOUR_MS });
    expect(await request(bank, young)).toMatchObject({ code: "destination_unusable" });
    const check = (name: string) =>
      suite.store.transaction((tx) =>
        keepNameCheck(bank.desk.vault, tx, {
          destination,
          answer: { state: "name", name },
          nowMs: bank.nowMs,
        }),
      );
    const payout = await asked();
    expect(await check("ORANG LAIN")).toBe("different");
    expect(await request(bank, transferOf(bank))).toMatchObject({ code: "destination_unusable" });
    expect(await approve(payout.id, bank.staff)).toMatchObject({ code: "destination_unusable" });
    const confirm = (actor: string) =>
      suite.store.transaction((tx) =>
        confirmDestination(tx, { id: destination, actor, reason: "istri", nowMs: bank.nowMs }),
      );
    expect(await confirm(bank.officer)).toMatchObject({ code: "own_request" });
    expect(await confirm(bank.staff)).toMatchObject({ kind: "kept" });
    expect(await approve(payout.id, bank.staff)).toMatchObject({ kind: "approved" });
    await suite.store.transaction((tx) =>
      retireDestination(tx, { id: destination, actor: bank.officer, nowMs: bank.nowMs }),
    );
    expect(await request(bank, transferOf(bank))).toMatchObject({ code: "destination_unusable" });
  });

  it("a confirmation of a destination does not hold for what the bank says later", async () => {
    const { destination } = bank;
    const check = (state: "name" | "invalid") =>
      suite.store.transaction((tx) =>
        keepNameCheck(bank.desk.vault, tx, {
          destination,
          answer: { state, name: "Orang Lain" },
          nowMs: bank.nowMs,
        }),
      );
    await check("name");
    await suite.store.transaction((tx) =>
      confirmDestination(tx, { id: destination, actor: bank.staff, reason: "istri", nowMs: bank.nowMs }),
    );
    await check("invalid");
    expect(await request(bank, transferOf(bank))).toMatchObject({ code: "destination_unusable" });
  });

  it("a destination that several members have is flagged, and a member has so many at most", async () => {
    const add = (member: string, accountNumber: string) =>
      suite.store.transaction((tx) =>
        addDestination(bank.desk.vault, tx, {
          id: newEventId(),
          member,
          channel: "bca",
          accountNumber,
          accountName: "Nasabah Dua",
          createdBy: bank.officer,
          isInquired: true,
          nowMs: bank.nowMs,
        }),
      );
    const other = bank.accounts.member2.split("/")[3] ?? "";
    expect(await add(other, "1234567890")).toMatchObject({
      destination: { sharedWith: 1, nameCheck: "pending", usableFromMs: bank.nowMs + COOL_DOWN_MS },
    });
    expect(await findDestination(suite.store.db, bank.destination)).toMatchObject({ sharedWith: 1 });
    expect(await add(other, "1234567890")).toMatchObject({ code: "conflict" });
    expect(await add(other, "12345")).toMatchObject({ code: "destination_unusable" });
    for (let n = 1; n < DESTINATIONS_MAX; n++)
      expect(await add(other, `100000000${n % 10}`.slice(-10))).toMatchObject({ kind: "kept" });
    expect(await add(other, "2000000000")).toMatchObject({ code: "destination_unusable" });
    const inquiries = await suite.store.db
      .selectFrom("payout_jobs")
      .select("id")
      .where("kind", "=", "inquire")
      .execute();
    expect(inquiries.length).toBeGreaterThanOrEqual(DESTINATIONS_MAX);
  });

  async function asked() {
    const payout = transferOf(bank);
    const outcome = await request(bank, payout);
    if (outcome.kind === "refused") throw new Error(outcome.reason);
    return payout;
  }

  function limit(scope: LimitScope, amountIdr: number | null, validFromMs = 0): Promise<void> {
    return limitIn(bank, { scope, amountIdr, validFromMs });
  }
});
