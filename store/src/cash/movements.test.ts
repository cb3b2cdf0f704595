import { newEventId } from "@jumpa-madu/contracts/ids";
import { beforeEach, expect, it } from "vitest";
import { verifySample } from "../ledger/sample-journals.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { nodeCashKey, providerKey } from "./cash-books.ts";
import { findMovement, listMovements } from "./movement-list.ts";
import { decideMovement, voidMovement } from "./movements.ts";
import { done, NOW_MS, type SampleCash, sampleCash } from "./sample-cash.ts";

onEachEngine("movements of cash", (suite) => {
  let cash: SampleCash;
  beforeEach(async () => {
    cash = await sampleCash(suite.store);
  });

  const bank = () => cash.balance({ kind: "bank_account", ledger: "IDR", wasteBank: cash.wasteBank });
  const capital = () => cash.balance({ kind: "capital", ledger: "IDR", wasteBank: cash.wasteBank });
  const float = () => cash.balance(providerKey(cash.wasteBank, "xendit-v2"));
  const decide = (movement: string, user: string, decision: "approved" | "rejected" = "approved") =>
    suite.store.transaction((tx) => decideMovement(tx, { movement, decision, user, nowMs: NOW_MS }));
  const revoke = (of: string, user: string, id = newEventId()) =>
    suite.store.transaction((tx) => voidMovement(tx, { id, of, user, reason: "a slip", nowMs: NOW_MS }));

  it("moves cash between vault, bank and founders at once", async () => {
    expect([await cash.vault(), await capital()]).toEqual([1_000_000, 1_000_000]);
    done(await cash.move({ kind: "vault_to_bank", amountIdr: 300_000 }));
    done(await cash.move({ kind: "bank_to_vault", amountIdr: 50_000 }));
    done(await cash.move({ kind: "capital_in", amountIdr: 7, place: "bank_account" }));
    expect([await cash.vault(), await bank(), await capital()]).toEqual([750_000, 250_007, 1_000_007]);
  });

  it("asks for approval of what leaves, and posts it when another person approves", async () => {
    done(await cash.move({ kind: "vault_to_bank", amountIdr: 500_000 }));
    const { id } = done(
      await cash.move({ kind: "bank_to_provider", amountIdr: 400_000, provider: "xendit-v2" }),
    );
    expect([await bank(), await float()]).toEqual([500_000, 0]);
    expect(await decide(id, cash.staff)).toMatchObject({ code: "same_person" });
    expect(await decide(id, cash.other)).toMatchObject({ kind: "done" });
    expect(await decide(id, cash.other)).toMatchObject({ kind: "again" });
    expect(await decide(id, cash.other, "rejected")).toMatchObject({ code: "movement_is_decided" });
    expect([await bank(), await float()]).toEqual([100_000, 400_000]);
    expect(await findMovement(suite.store.db, id)).toMatchObject({
      state: "posted",
      decided: { by: cash.other },
    });
  });

  it("posts nothing of what is rejected, and needs approval for each of these kinds", async () => {
    const kinds = [
      { kind: "capital_out", place: "cash_vault" },
      { kind: "bank_to_provider", provider: "flip-v3" },
      { kind: "provider_to_bank", provider: "flip-v3" },
      { kind: "vault_over" },
      { kind: "vault_short" },
    ] as const;
    for (const one of kinds) {
      const { id } = done(await cash.move({ ...one, amountIdr: 10 }));
      expect(await findMovement(suite.store.db, id)).toMatchObject({ state: "requested", decided: null });
      done(await decide(id, cash.other, "rejected"));
      expect(await decide(id, cash.other)).toMatchObject({ code: "movement_is_decided" });
    }
    expect([await cash.vault(), await cash.overShort(), await capital()]).toEqual([1_000_000, 0, 1_000_000]);
  });

  it("mends the vault's count by over and short", async () => {
    const { id } = done(await cash.move({ kind: "vault_short", amountIdr: 4_000 }));
    done(await decide(id, cash.other));
    expect([await cash.vault(), await cash.overShort()]).toEqual([996_000, -4_000]);
  });

  it("gives change to an open drawer and takes cash out of it", async () => {
    const shift = await cash.open(100_000);
    done(await cash.move({ kind: "vault_to_drawer", amountIdr: 50_000, shift: shift.id }));
    done(await cash.move({ kind: "drawer_to_vault", amountIdr: 120_000, shift: shift.id }));
    expect([await cash.drawer(), await cash.vault()]).toEqual([30_000, 970_000]);
    const elsewhere = await sampleCash(suite.store, 10);
    expect(await elsewhere.move({ kind: "vault_to_drawer", amountIdr: 1, shift: shift.id })).toMatchObject({
      code: "other_waste_bank",
    });
    done(await cash.count(shift, 30_000));
    expect(await cash.move({ kind: "vault_to_drawer", amountIdr: 1, shift: shift.id })).toMatchObject({
      code: "shift_is_closed",
    });
  });

  it.each([
    {
      name: "more than the vault holds",
      kind: "vault_to_bank",
      amountIdr: 1_000_001,
      code: "too_little_cash",
    },
    { name: "more than the bank holds", kind: "bank_to_vault", amountIdr: 1, code: "too_little_cash" },
    { name: "capital without a place", kind: "capital_in", amountIdr: 1, code: "field_missing" },
    {
      name: "a place that is not asked for",
      kind: "vault_to_bank",
      amountIdr: 1,
      place: "cash_vault",
      code: "field_missing",
    },
    {
      name: "a provider's money without a provider",
      kind: "bank_to_provider",
      amountIdr: 1,
      code: "field_missing",
    },
    { name: "a drawer without a shift", kind: "drawer_to_vault", amountIdr: 1, code: "field_missing" },
  ] as const)("refuses $name, and moves nothing", async ({ code, ...movement }) => {
    expect(await cash.move({ ...movement, reason: movement.name })).toMatchObject({ kind: "refused", code });
    expect([await cash.vault(), await bank()]).toEqual([1_000_000, 0]);
  });

  it("is asked for once under one id", async () => {
    const id = newEventId();
    done(await cash.move({ id, kind: "vault_to_bank", amountIdr: 10 }));
    expect(await cash.move({ id, kind: "vault_to_bank", amountIdr: 10 })).toMatchObject({ kind: "again" });
    expect(await cash.move({ id, kind: "vault_to_bank", amountIdr: 11 })).toMatchObject({ code: "id_taken" });
    expect(await cash.move({ id, kind: "vault_to_bank", amountIdr: 10, user: cash.other })).toMatchObject({
      code: "id_taken",
    });
    expect(await bank()).toBe(10);
  });

  it("is voided by another person, once, with a reason", async () => {
    const { id } = done(await cash.move({ kind: "vault_to_bank", amountIdr: 500 }));
    expect(await revoke(id, cash.staff)).toMatchObject({ code: "same_person" });
    const voidId = newEventId();
    expect(await revoke(id, cash.other, voidId)).toMatchObject({ kind: "done" });
    expect(await revoke(id, cash.other, voidId)).toMatchObject({ kind: "again" });
    expect(await revoke(id, cash.other)).toMatchObject({ code: "already_voided" });
    expect(await bank()).toBe(0);
    expect(await findMovement(suite.store.db, id)).toMatchObject({
      voided: { by: cash.other, reason: "a slip" },
    });
    expect(await revoke(newEventId(), cash.other)).toMatchObject({ code: "movement_unknown" });
    const { id: another } = done(await cash.move({ kind: "vault_to_bank", amountIdr: 1 }));
    expect(await revoke(another, cash.other, voidId)).toMatchObject({ code: "id_taken" });
  });

  it("is not voided when it was never posted, when its money has gone on, or when its drawer was counted", async () => {
    const asked = done(await cash.move({ kind: "capital_out", amountIdr: 5, place: "cash_vault" }));
    expect(await revoke(asked.id, cash.other)).toMatchObject({ code: "movement_is_decided" });
    const toBank = done(await cash.move({ kind: "vault_to_bank", amountIdr: 500 }));
    done(await cash.move({ kind: "bank_to_vault", amountIdr: 500 }));
    expect(await revoke(toBank.id, cash.other)).toMatchObject({ code: "too_little_cash" });
    const shift = await cash.open(0);
    const change = done(await cash.move({ kind: "vault_to_drawer", amountIdr: 500, shift: shift.id }));
    const back = done(await cash.move({ kind: "drawer_to_vault", amountIdr: 100, shift: shift.id }));
    done(await revoke(back.id, cash.other));
    done(await cash.count(shift, 500));
    await cash.open(900, NOW_MS + 5_000);
    expect(await revoke(change.id, cash.other)).toMatchObject({ code: "shift_is_closed" });
  });

  it("never passes without four eyes, whatever the program says", async () => {
    const { db } = suite.store;
    const { id } = done(await cash.move({ kind: "vault_short", amountIdr: 5 }));
    const journal = await db.selectFrom("journals").select("id").executeTakeFirstOrThrow();
    const set = (decided_by: string | null) =>
      db
        .updateTable("cash_movements")
        .set({
          state: "posted",
          journal_id: journal.id,
          decided_by,
          decided_ms: decided_by === null ? null : NOW_MS,
        })
        .where("id", "=", id)
        .execute();
    await expect(set(cash.staff)).rejects.toThrow(/four_eyes/);
    await expect(set(null)).rejects.toThrow(/approved/);
    const rows = () =>
      db.updateTable("cash_movements").set({ state: "requested" }).where("state", "=", "posted").execute();
    await expect(rows()).rejects.toThrow(/LG001/);
    await expect(db.deleteFrom("cash_movements").execute()).rejects.toThrow(/LG001/);
  });

  it("is decided once, by however many decide at once", async () => {
    const { id } = done(await cash.move({ kind: "capital_out", amountIdr: 600_000, place: "cash_vault" }));
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        decide(id, n % 2 ? cash.other : cash.cashier, n % 2 ? "approved" : "rejected"),
      ),
    );
    expect(outcomes.filter(({ kind }) => kind === "done")).toHaveLength(1);
    expect([400_000, 1_000_000]).toContain(await cash.vault());
  });

  it("lists what waits, the newest first, page by page", async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) {
      const nowMs = NOW_MS + n;
      ids.unshift(
        done(await cash.move({ id: newEventId(nowMs), kind: "vault_over", amountIdr: 1, nowMs })).id,
      );
    }
    const filter = { wasteBank: cash.wasteBank, state: "requested" } as const;
    const first = await listMovements(suite.store.db, filter, { limit: 2, after: null });
    const rest = await listMovements(suite.store.db, filter, { limit: 2, after: first.next });
    expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(ids);
  });

  it("takes cash of a terminal over by nothing but a count", async () => {
    await cash.payAtNode(cash.nodes[0], 100);
    done(await cash.move({ kind: "vault_to_bank", amountIdr: 100 }));
    expect(await cash.balance(nodeCashKey(cash.wasteBank, cash.nodes[0]))).toBe(100);
  });

  it("leaves books that verify", async () => {
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
  });
});
