/** Random deposits, voids and corrections, beside a plain model: after each step the books say what the model says. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Purpose } from "@jumpa-madu/contracts/records";
import fc from "fast-check";
import { expect, it } from "vitest";
import { verifySample } from "../ledger/sample-journals.ts";
import { NOW_MS } from "../records/sample-books.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { correctDeposit } from "./correct-deposit.ts";
import {
  handedIn,
  openDrawer,
  payAtSale,
  type SampleCounter,
  sampleCounter,
  standingAt,
  weighed,
} from "./sample-counter.ts";
import { takeDeposit } from "./take-deposit.ts";
import { voidDeposit } from "./void-deposit.ts";

const FLOAT_IDR = 20_000;
const PRICE_IDR_PER_KG = 4_500;

type Step =
  | { kind: "take"; purpose: Purpose; netG: number }
  | { kind: "void"; at: number }
  | { kind: "correct"; at: number; netG: number | null };

const netG = fc.integer({ min: 1, max: 4_000 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("take" as const),
      purpose: fc.constantFrom<Purpose>("save", "cash", "donate"),
      netG,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("void" as const), at: fc.nat(30) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("correct" as const), at: fc.nat(30), netG: fc.option(netG) }),
  },
);

interface ModelDeposit {
  id: string;
  purpose: Purpose;
  netG: number;
  stands: boolean;
  isReplacement: boolean;
}

/** What the books must say of the deposits that stand. */
function standingOf(deposits: ModelDeposit[], isShare: boolean) {
  const standing = {
    savings: 0,
    donations: 0,
    value: 0,
    drawer: FLOAT_IDR,
    nodeCash: 0,
    stock: 0,
    consigned: 0,
  };
  for (const { purpose, netG: grams, stands } of deposits) {
    if (!stands) continue;
    const worth = isShare ? 0 : Math.floor((grams * PRICE_IDR_PER_KG + 500) / 1_000);
    standing[isShare && purpose !== "donate" ? "consigned" : "stock"] += grams;
    standing.value += worth;
    if (purpose === "save") standing.savings += worth;
    if (purpose === "donate") standing.donations += worth;
    if (purpose === "cash") standing.drawer -= worth;
  }
  return standing;
}

onEachEngine("deposits beside a model", (suite) => {
  /** Does one step in the books and in the model. */
  async function apply(
    counter: SampleCounter,
    deposits: ModelDeposit[],
    { step: one, isShare }: { step: Step; isShare: boolean },
  ) {
    if (one.kind === "take") {
      const deposit = handedIn(counter, [weighed(counter, "pet", one.netG)], {
        purpose: one.purpose,
        confirmsDuplicate: true,
      });
      const outcome = await suite.store.transaction((tx) => takeDeposit(tx, deposit, NOW_MS));
      const next = {
        id: deposit.id,
        purpose: one.purpose,
        netG: one.netG,
        stands: true,
        isReplacement: false,
      };
      const isPossible =
        !(isShare && one.purpose === "cash") && standingOf([...deposits, next], isShare).drawer >= 0;
      expect(outcome.kind).toBe(isPossible ? "posted" : "refused");
      if (isPossible) deposits.push(next);
      return;
    }
    const target = deposits[one.at % Math.max(1, deposits.length)];
    if (target === undefined) return;
    if (one.kind === "void") {
      const by = { id: counter.colleague, role: "operator", wasteBank: counter.wasteBank } as const;
      const asked = { id: newEventId(), deposit: target.id, reason: "salah", by };
      const outcome = await suite.store.transaction((tx) => voidDeposit(tx, asked, NOW_MS));
      expect(outcome.kind).toBe(target.stands ? "posted" : "refused");
      target.stands = false;
      return;
    }
    const lines = one.netG === null ? null : [weighed(counter, "pet", one.netG)];
    const asked = { id: newEventId(), deposit: target.id, reason: "salah", lines, by: counter.staff };
    const outcome = await suite.store.transaction((tx) => correctDeposit(tx, asked, NOW_MS));
    const next = { ...target, netG: one.netG ?? 0, isReplacement: true };
    const others = deposits.filter((deposit) => deposit !== target);
    const isPayable = lines === null || standingOf([...others, next], isShare).drawer >= 0;
    const wasNothing =
      target.purpose === "cash" && lines !== null && isNothing(target.netG) && !isNothing(next.netG);
    const isPossible = target.stands && !target.isReplacement && isPayable && !wasNothing;
    expect(outcome.kind, JSON.stringify({ outcome, target, one })).toBe(isPossible ? "posted" : "refused");
    if (outcome.kind === "refused") return;
    target.stands = false;
    if ("replacement" in outcome && outcome.replacement !== null)
      deposits.push({ ...next, id: outcome.replacement, stands: true });
  }

  const isNothing = (grams: number) => grams * PRICE_IDR_PER_KG + 500 < 1_000;

  it("keeps savings, donations, drawer, stock, its worth and what waits to be sold, after every step", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 15 }),
        fc.boolean(),
        async (steps, isShare) => {
          const counter = await sampleCounter(suite.store);
          await openDrawer(suite.store, counter, FLOAT_IDR);
          if (isShare) await payAtSale(suite.store, counter, 8_000);
          const deposits: ModelDeposit[] = [];
          for (const one of steps) {
            await apply(counter, deposits, { step: one, isShare });
            expect(await standingAt(suite.store, counter)).toEqual(standingOf(deposits, isShare));
          }
        },
      ),
      { numRuns: 25 },
    );
    expect(await verifySample(suite.store.db, NOW_MS)).toEqual([]);
  }, 120_000);
});
