import { newEventId } from "@jumpa-madu/contracts/ids";
import { beforeAll, expect, it } from "vitest";
import { beginShift } from "../cash/open-shift.ts";
import { verifySample } from "../ledger/sample-journals.ts";
import type { Violation } from "../ledger/verify-ledger.ts";
import { payOutCash } from "../payouts/pay-out-cash.ts";
import {
  approved,
  cashOf,
  feeIn,
  limitIn,
  sampleBank,
  sending,
  transferOf,
} from "../payouts/payout-fixture.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { setRules } from "../savings/products.ts";
import { pay } from "../stock/pay-sale.ts";
import { bring, fillSafe, saleOf, sampleStock, tampered } from "../stock/sample-stock.ts";
import { sellStock } from "../stock/sell.ts";
import { insertTerms } from "../trade/terms.ts";
import { sealAll } from "./seals.ts";

onEachEngine("rules, decisions and counters that were changed behind the triggers' back", (suite) => {
  beforeAll(async () => {
    const { store } = suite;
    const bank = await sampleBank(store, 500_000);
    const { wasteBank } = bank.accounts;
    await limitIn(bank, { scope: "payout_max", amountIdr: 400_000 });
    await feeIn(bank, { feeIdr: 5_000, bearer: "member", validFromMs: bank.nowMs - 10 });
    await fillSafe(store, wasteBank, 1_000_000);
    const cashier = bank.officer.slice("user:".length);
    const handedOut = cashOf(bank, { amountIdr: 20_000 });
    await approved(bank, handedOut);
    await store.transaction(async (tx) => {
      const shift = { id: newEventId(), user: cashier, wasteBank, floatIdr: 100_000, nowMs: bank.nowMs };
      await beginShift(tx, shift);
      const confirmation = { kind: "signature" } as const;
      await payOutCash(tx, { payout: handedOut.id, cashier, confirmation, nowMs: bank.nowMs });
    });
    await sending(bank, transferOf(bank, { amountIdr: 30_000 }));
    const stock = await sampleStock(store);
    await bring(store, {
      books: stock.unit,
      material: "pet",
      netG: 10_000,
      priceIdrPerKg: 2_000,
      shareBps: null,
    });
    const sale = saleOf(stock, 5_000);
    await store.transaction(async (tx) => {
      await sellStock(tx, sale, bank.nowMs);
      await pay(
        tx,
        {
          id: newEventId(),
          sale: sale.id,
          into: "cash_vault",
          from: null,
          amountIdr: 5_000,
          occurredMs: null,
          paidBy: bank.staff,
        },
        bank.nowMs,
      );
      await insertTerms(tx, {
        id: newEventId(),
        wasteBank,
        memberKind: null,
        settlement: "share_of_sale",
        shareBps: 7_000,
        validFromMs: 1,
        createdMs: bank.nowMs,
        createdBy: bank.staff,
      });
      await setRules(
        tx,
        {
          product: "regular",
          validFrom: null,
          rules: { minBalanceIdr: 0, minWithdrawalIdr: 1, windows: [], lockDays: 0, lockedUntil: null },
        },
        { actor: bank.staff, nowMs: bank.nowMs },
      );
    });
    await sealAll(store, { since: "ever", nowMs: Date.now() });
  });

  const found = (...statements: string[]): Promise<Violation[]> =>
    tampered(suite.store, statements, (tx) => verifySample(tx));

  it("are as they were before", async () => {
    expect(await found()).toEqual([]);
  });

  const SEALED = "is as it was when it was sealed";
  const CRIMES: [statement: string, table: string, what: string][] = [
    ["update prices set price_idr_per_kg = 1", "prices", SEALED],
    ["delete from prices", "prices", "the row of its seal is there"],
    ["update terms set share_bps = 1", "terms", SEALED],
    ["update savings_rules set lock_days = 7", "savings_rules", SEALED],
    ["update payout_limits set amount_idr = 999999999", "payout_limits", SEALED],
    ["delete from payout_limits", "payout_limits", "the row of its seal is there"],
    ["update payout_fees set fee_idr = 0", "payout_fees", SEALED],
    [
      "update payout_fees set begins_ms = 1",
      "payout_fees",
      "begins with its start or its approval, whichever is later",
    ],
    [
      "update payout_limits set state = 'rejected', begins_ms = null",
      "payout_limits",
      "is decided as the audit log says",
    ],
    [
      "update payout_limits set decided_by = 'user:ghost'",
      "payout_limits",
      "decided_by is who did it by the audit log",
    ],
    [
      "update payouts set approved_by = 'user:ghost'",
      "payouts",
      "approved_by is who did it by the audit log",
    ],
    [
      "update payouts set requested_by = 'user:ghost'",
      "payouts",
      "requested_by is who did it by the audit log",
    ],
    ["update cash_payouts set cashier = 'ghost'", "cash_payouts", "cashier is who did it by the audit log"],
    [
      "delete from payout_day_totals",
      "payout_day_totals",
      "the day of the payout is counted for member_day, all",
    ],
    ["delete from sale_payments", "journals", "a journal sale_payment belongs to a row of sale_payments"],
    [
      "update sale_payments set amount_idr = 1",
      "sale_payments",
      "its journal takes the amount off what the buyer owes",
    ],
    [
      "update sale_payments set from_kind = 'cash_vault'",
      "sale_payments",
      "its journal takes the amount off what the parent has",
    ],
    ["delete from sale_journals", "journals", "a journal sale belongs to a row of sales"],
  ];
  it.each(CRIMES)("are found: %s", async (statement, table, what) => {
    expect(await found(statement)).toContainEqual(expect.objectContaining({ table, what }));
  });

  it("are found when the old seals are taken away with them", async () => {
    const late = await found(
      "delete from seals where chain = 'prices'",
      "update seals set sealed_ms = sealed_ms + 999999999999",
    );
    expect(late).toContainEqual(
      expect.objectContaining({
        table: "prices",
        what: "all rows older than two days are sealed, of which it is the first",
      }),
    );
  });
});
