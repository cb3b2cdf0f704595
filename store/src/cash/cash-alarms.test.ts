import { newEventId } from "@jumpa-madu/contracts/ids";
import { beforeEach, expect, it } from "vitest";
import { onEachEngine } from "../relational/engine-suite.ts";
import { CONFIRMATION_MS_MAX, listCashAlarms, NODE_CASH_MS_MAX } from "./cash-alarms.ts";
import { CASH_DIFFERENCE_IDR_MAX } from "./close-shift.ts";
import { confirmShift } from "./confirm-shift.ts";
import { done, NOW_MS, type SampleCash, sampleCash } from "./sample-cash.ts";

onEachEngine("alarms of cash", (suite) => {
  let cash: SampleCash;
  beforeEach(async () => {
    cash = await sampleCash(suite.store);
  });
  const closedMs = NOW_MS + 1_000;

  const alarms = async (nowMs = closedMs) =>
    (
      await listCashAlarms(suite.store.db, { wasteBank: cash.wasteBank, nowMs }, { limit: 10, after: null })
    ).items.map(({ kind, subject, amountIdr }) => ({ kind, subject, amountIdr }));
  const confirm = (shift: string) =>
    suite.store.transaction((tx) =>
      confirmShift(tx, { id: newEventId(), shift, user: cash.staff, nowMs: NOW_MS }),
    );

  it("ring for a difference beyond the limit, until it is confirmed", async () => {
    const small = await cash.open(100_000);
    done(await cash.count(small, 100_000 - CASH_DIFFERENCE_IDR_MAX));
    expect(await alarms()).toEqual([]);
    const large = await cash.open(100_000, NOW_MS + 5_000);
    done(await cash.count(large, 100_000 - CASH_DIFFERENCE_IDR_MAX - 1, { reason: "the drawer was open" }));
    expect(await alarms()).toEqual([{ kind: "difference", subject: large.id, amountIdr: -10_001 }]);
    done(await confirm(large.id));
    expect(await alarms()).toEqual([]);
  });

  it("ring for a close that nobody has confirmed for a day", async () => {
    const shift = await cash.open(100_000);
    done(await cash.count(shift, 100_000));
    expect(await alarms(closedMs + CONFIRMATION_MS_MAX)).toEqual([]);
    expect(await alarms(closedMs + CONFIRMATION_MS_MAX + 1)).toEqual([
      { kind: "unconfirmed_close", subject: shift.id, amountIdr: 100_000 },
    ]);
    done(await confirm(shift.id));
    expect(await alarms(closedMs + CONFIRMATION_MS_MAX + 1)).toEqual([]);
  });

  it("ring for cash of a terminal that nobody has answered for for two days, counted anew after each close", async () => {
    const [node] = cash.nodes;
    await cash.payAtNode(node, 8_000);
    const postedMs = Date.now();
    expect(await alarms(postedMs + NODE_CASH_MS_MAX - 60_000)).toEqual([]);
    const late = postedMs + NODE_CASH_MS_MAX + 1;
    expect(await alarms(late)).toEqual([{ kind: "unanswered_node_cash", subject: node, amountIdr: 8_000 }]);
    const shift = await cash.open(50_000);
    done(await cash.count(shift, 42_000, { nodes: [node] }));
    done(await confirm(shift.id));
    expect(await alarms(late)).toEqual([]);
    const againMs = Date.now();
    await cash.payAtNode(node, 1_000);
    expect(await alarms(againMs + NODE_CASH_MS_MAX)).toEqual([]);
    expect(await alarms(Date.now() + NODE_CASH_MS_MAX + 1)).toEqual([
      { kind: "unanswered_node_cash", subject: node, amountIdr: 1_000 },
    ]);
  });

  it("come page by page, each once", async () => {
    for (let n = 0; n < 3; n++) {
      const shift = await cash.open(50_000, NOW_MS + n * 5_000);
      done(await cash.count(shift, 0));
    }
    const question = { wasteBank: cash.wasteBank, nowMs: closedMs + CONFIRMATION_MS_MAX + 1 };
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof listCashAlarms>> = await listCashAlarms(
        suite.store.db,
        question,
        {
          limit: 2,
          after,
        },
      );
      seen.push(...page.items.map(({ kind, subject }) => `${kind} ${subject}`));
      after = page.next;
    } while (after !== null);
    expect(seen).toHaveLength(6);
    expect(new Set(seen).size).toBe(6);
  });
});
