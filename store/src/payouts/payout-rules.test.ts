import { newEventId } from "@jumpa-madu/contracts/ids";
import { beforeAll, expect, it } from "vitest";
import { onEachEngine } from "../relational/engine-suite.ts";
import { feeAt, insertFee } from "./fees.ts";
import { faultOfLimit, insertLimit, limitsInForce, unlimitedKinds } from "./limits.ts";
import { HOUR_MS, request, type SampleBank, sampleBank, transferOf } from "./payout-fixture.ts";
import { decideRule, type RuleDecision } from "./payout-rules.ts";

onEachEngine("limits and fees", (suite) => {
  let bank: SampleBank;
  beforeAll(async () => {
    bank = await sampleBank(suite.store, 1_000_000);
  });

  function decide(decision: Omit<RuleDecision, "nowMs"> & { nowMs?: number }) {
    return suite.store.transaction((tx) => decideRule(tx, { nowMs: bank.nowMs, ...decision }));
  }

  async function ask(amountIdr: number, more: { scope?: "payout_max" | "member_day"; isGeneral?: boolean }) {
    const limit = await suite.store.transaction((tx) =>
      insertLimit(tx, {
        id: newEventId(),
        scope: more.scope ?? "payout_max",
        channelKind: null,
        wasteBank: more.isGeneral ? null : bank.accounts.wasteBank,
        amountIdr,
        validFromMs: bank.nowMs++,
        createdMs: bank.nowMs,
        createdBy: bank.chief,
      }),
    );
    return limit.id;
  }

  const maxima = async () =>
    (
      await limitsInForce(suite.store.db, {
        wasteBank: bank.accounts.wasteBank,
        channelKind: "bank",
        atMs: bank.nowMs,
      })
    )
      .filter(({ scope }) => scope === "payout_max")
      .map(({ amountIdr }) => amountIdr);

  it.each(["payout_max", "member_day", "cashier_day", "unit_day"] as const)(
    "may not be 0 where that would stop every payout: %s; the database refuses it too",
    async (scope) => {
      expect(faultOfLimit({ scope, amountIdr: 0 })).toMatchObject({
        kind: "refused",
        reason: expect.stringMatching(/PAYOUT_PROVIDER=none/),
      });
      expect(faultOfLimit({ scope, amountIdr: 1 })).toBeNull();
      expect(faultOfLimit({ scope, amountIdr: null })).toBeNull();
      expect(faultOfLimit({ scope: "second_approval", amountIdr: 0 })).toBeNull();
      const row = { channelKind: null, wasteBank: null, validFromMs: 1, createdMs: 1, createdBy: bank.chief };
      const insert = suite.store.transaction((tx) =>
        insertLimit(tx, { id: newEventId(), scope, amountIdr: 0, ...row }),
      );
      await expect(insert).rejects.toThrow();
    },
  );

  it("are nothing until another person than who asked has approved them", async () => {
    const id = await ask(10_000, {});
    expect(await maxima()).toEqual([]);
    expect(await decide({ rule: "limit", id, decision: "approved", actor: bank.chief })).toMatchObject({
      kind: "refused",
      code: "own_request",
    });
    expect((await request(bank, transferOf(bank))).kind).toBe("requested");
    const approval = { rule: "limit", id, decision: "approved", actor: bank.staff } as const;
    expect(await decide(approval)).toEqual({ kind: "decided" });
    expect(await decide(approval)).toEqual({ kind: "repeated" });
    expect(await decide({ ...approval, decision: "rejected" })).toMatchObject({ code: "wrong_state" });
    expect(await maxima()).toEqual([10_000]);
    expect(await request(bank, transferOf(bank))).toMatchObject({ kind: "refused", code: "over_limit" });
  });

  it("begin with the approval where that is later than the start, and in the order of their approvals then", async () => {
    const first = await ask(20_000, {});
    const second = await ask(30_000, {});
    await decide({ rule: "limit", id: second, decision: "approved", actor: bank.staff, nowMs: bank.nowMs++ });
    const askedMs = bank.nowMs;
    bank.nowMs += HOUR_MS;
    await decide({ rule: "limit", id: first, decision: "approved", actor: bank.staff });
    expect(await maxima()).toEqual([20_000]);
    bank.nowMs = askedMs;
    expect(await maxima()).toEqual([30_000]);
    bank.nowMs += HOUR_MS;
  });

  it("that were rejected never hold, and their start is free again", async () => {
    const fee = {
      channelKind: "bank",
      feeIdr: 2_500,
      bearer: "bank",
      isRefunded: false,
      validFromMs: bank.nowMs,
      createdMs: bank.nowMs,
      createdBy: bank.chief,
    } as const;
    const add = () => suite.store.transaction((tx) => insertFee(tx, { ...fee, id: newEventId() }));
    const { id } = await add();
    await expect(add()).rejects.toThrow(/unique/i);
    await decide({ rule: "fee", id, decision: "rejected", actor: bank.staff });
    const another = await add();
    expect(await feeAt(suite.store.db, "bank", bank.nowMs)).toMatchObject({ feeIdr: 0 });
    await decide({ rule: "fee", id: another.id, decision: "approved", actor: bank.staff });
    expect(await feeAt(suite.store.db, "bank", bank.nowMs)).toMatchObject({ feeIdr: 2_500 });
    expect(
      await decide({ rule: "fee", id: newEventId(), decision: "approved", actor: bank.staff }),
    ).toMatchObject({
      code: "unknown",
    });
  });

  it("cannot be written as decided, decided by who asked, or changed, past the program either", async () => {
    const id = await ask(40_000, {});
    const row = await suite.store.db
      .selectFrom("payout_limits")
      .selectAll()
      .where("id", "=", id)
      .executeTakeFirstOrThrow();
    const change = (values: object) =>
      suite.store.db
        .updateTable("payout_limits")
        .set(values as never)
        .where("id", "=", id)
        .execute();
    const decided = { state: "approved", decided_ms: 1, begins_ms: 1 } as const;
    const born = suite.store.db
      .insertInto("payout_limits")
      .values({ ...row, id: newEventId(), valid_from_ms: 1, ...decided, decided_by: bank.staff })
      .execute();
    await expect(born).rejects.toThrow(/^LG010/);
    await expect(change({ ...decided, decided_by: bank.chief })).rejects.toThrow(/decided_by_another/);
    await expect(change({ amount_idr: 1 })).rejects.toThrow(/^LG001/);
    await change({ ...decided, decided_by: bank.staff });
    await expect(change({ begins_ms: 2 })).rejects.toThrow(/^LG010/);
    await expect(suite.store.db.deleteFrom("payout_limits").execute()).rejects.toThrow(/^LG001/);
  });

  it("tell through what a member may take everything: no general limit of the day holds for it", async () => {
    expect(await unlimitedKinds(suite.store.db, bank.nowMs)).toEqual(["bank", "ewallet"]);
    const own = await ask(1_000_000, { scope: "member_day" });
    await decide({ rule: "limit", id: own, decision: "approved", actor: bank.staff });
    expect(await unlimitedKinds(suite.store.db, bank.nowMs)).toEqual(["bank", "ewallet"]);
    const general = await ask(1_000_000, { scope: "member_day", isGeneral: true });
    expect(await unlimitedKinds(suite.store.db, bank.nowMs)).toEqual(["bank", "ewallet"]);
    await decide({ rule: "limit", id: general, decision: "approved", actor: bank.staff });
    expect(await unlimitedKinds(suite.store.db, bank.nowMs)).toEqual([]);
  });
});
