/** Random days at a counter, played on the database and on a model of three numbers: both must agree on every refusal and sum. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import fc from "fast-check";
import { expect, it } from "vitest";
import { verifySample } from "../ledger/sample-journals.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import type { RelationalStore } from "../relational/relational-store.ts";
import { spend } from "./expenses.ts";
import type { MovementKind } from "./movement-kinds.ts";
import { decideMovement, voidMovement } from "./movements.ts";
import { beginShift } from "./open-shift.ts";
import { NOW_MS, sampleCash } from "./sample-cash.ts";
import type { Shift } from "./shifts.ts";

const KINDS = [
  "capital_in",
  "capital_out",
  "vault_to_bank",
  "bank_to_vault",
  "bank_to_provider",
  "provider_to_bank",
  "vault_to_drawer",
  "drawer_to_vault",
  "vault_over",
  "vault_short",
] as const satisfies readonly MovementKind[];

type Place = "vault" | "bank" | "drawer" | "node" | "provider" | "overShort" | "capital" | "spent";

/** From where to where each kind moves. */
const ROADS: Record<(typeof KINDS)[number], [Place, Place]> = {
  capital_in: ["capital", "vault"],
  capital_out: ["vault", "capital"],
  vault_to_bank: ["vault", "bank"],
  bank_to_vault: ["bank", "vault"],
  bank_to_provider: ["bank", "provider"],
  provider_to_bank: ["provider", "bank"],
  vault_to_drawer: ["vault", "drawer"],
  drawer_to_vault: ["drawer", "vault"],
  vault_over: ["overShort", "vault"],
  vault_short: ["vault", "overShort"],
};
const NEVER_BELOW_ZERO: Place[] = ["vault", "bank", "drawer"];

type Command =
  | { does: "move"; kind: (typeof KINDS)[number]; amount: number }
  | { does: "open"; amount: number }
  | { does: "close"; amount: number }
  | { does: "node"; amount: number }
  | { does: "spend"; amount: number }
  | { does: "void"; which: number };

const amount = fc.integer({ min: 1, max: 60 });
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ does: fc.constant("move" as const), kind: fc.constantFrom(...KINDS), amount }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constantFrom("open" as const, "close" as const, "node" as const, "spend" as const),
      amount,
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("void" as const), which: fc.nat() }) },
);

class Model {
  readonly sums: Record<Place, number> = {
    vault: 100,
    bank: 0,
    drawer: 0,
    node: 0,
    provider: 0,
    overShort: 0,
    capital: -100,
    spent: 0,
  };

  /** Moves, or answers false and leaves all as it is. */
  move([from, to]: [Place, Place], many: number): boolean {
    if (NEVER_BELOW_ZERO.includes(from) && this.sums[from] < many) return false;
    this.sums[from] -= many;
    this.sums[to] += many;
    return true;
  }
}

async function play(store: RelationalStore, commands: Command[]): Promise<void> {
  const cash = await sampleCash(store, 100);
  const [node] = cash.nodes;
  const model = new Model();
  const movements: {
    id: string;
    kind: (typeof KINDS)[number];
    many: number;
    shift: string | null;
    isVoid: boolean;
  }[] = [];
  let shift: Shift | null = null;
  let nowMs = NOW_MS;
  for (const each of commands) {
    nowMs += 1_000;
    if (each.does === "move") {
      const needsDrawer = each.kind === "vault_to_drawer" || each.kind === "drawer_to_vault";
      if (needsDrawer && shift === null) continue;
      const id = newEventId();
      const moved = await cash.move({
        id,
        kind: each.kind,
        amountIdr: each.amount,
        place: each.kind.startsWith("capital") ? "cash_vault" : null,
        provider: each.kind.includes("provider") ? "flip-v3" : null,
        shift: needsDrawer ? (shift?.id ?? null) : null,
      });
      const decided =
        moved.kind === "refused" ||
        !["capital_out", "bank_to_provider", "provider_to_bank", "vault_over", "vault_short"].includes(
          each.kind,
        )
          ? moved
          : await store.transaction((tx) =>
              decideMovement(tx, { movement: id, decision: "approved", user: cash.other, nowMs }),
            );
      const isAllowed = model.move(ROADS[each.kind], each.amount);
      expect(decided.kind).toBe(isAllowed ? "done" : "refused");
      if (isAllowed)
        movements.push({
          id,
          kind: each.kind,
          many: each.amount,
          shift: needsDrawer ? (shift?.id ?? null) : null,
          isVoid: false,
        });
    } else if (each.does === "open") {
      const id = newEventId();
      const opened = await store.transaction((tx) =>
        beginShift(tx, { id, user: cash.cashier, wasteBank: cash.wasteBank, floatIdr: each.amount, nowMs }),
      );
      const isAllowed = shift === null && model.move(["vault", "drawer"], each.amount);
      expect(opened.kind).toBe(isAllowed ? "done" : "refused");
      if (opened.kind === "done") shift = opened.result;
    } else if (each.does === "close") {
      if (shift === null) continue;
      const closed = await cash.count(shift, each.amount, { nodes: [node], nowMs });
      const { sums } = model;
      const differenceIdr = each.amount - (sums.drawer - sums.node);
      expect(closed).toMatchObject({
        kind: "done",
        result: { differenceIdr, bookIdr: sums.drawer, nodeCashIdr: sums.node },
      });
      sums.overShort -= differenceIdr;
      sums.vault += each.amount;
      sums.drawer = 0;
      sums.node = 0;
      shift = null;
    } else if (each.does === "node") {
      await cash.payAtNode(node, each.amount);
      model.sums.node += each.amount;
    } else if (each.does === "spend") {
      const spent = await store.transaction((tx) =>
        spend(tx, {
          id: newEventId(),
          wasteBank: cash.wasteBank,
          category: "other",
          amountIdr: each.amount,
          from: "drawer",
          note: "x",
          user: cash.cashier,
          occurredMs: null,
          nowMs,
        }),
      );
      const isAllowed = shift !== null && model.move(["drawer", "spent"], each.amount);
      expect(spent.kind).toBe(isAllowed ? "done" : "refused");
    } else {
      const one = movements[each.which % Math.max(1, movements.length)];
      if (one === undefined) continue;
      const voided = await store.transaction((tx) =>
        voidMovement(tx, { id: newEventId(), of: one.id, user: cash.other, reason: "x", nowMs }),
      );
      const [from, to] = ROADS[one.kind];
      const isInTime = one.shift === null || one.shift === shift?.id;
      const isAllowed = !one.isVoid && isInTime && model.move([to, from], one.many);
      expect(voided.kind).toBe(isAllowed ? "done" : "refused");
      if (isAllowed) one.isVoid = true;
    }
    const found = [
      await cash.vault(),
      await cash.drawer(),
      await cash.nodeCash(node),
      await cash.overShort(),
    ];
    const { vault, drawer, node: atNode, overShort } = model.sums;
    // The account counts what is over as above zero, the model what went there.
    expect(found).toEqual([vault, drawer, atNode, overShort === 0 ? 0 : -overShort]);
  }
}

onEachEngine("a random day at the counter", (suite) => {
  it("has the refusals and the sums of the model, and verifies", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 10, maxLength: 40 }), (commands) =>
        play(suite.store, commands),
      ),
      { numRuns: suite.engine === "sqlite" ? 40 : 10 },
    );
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
  }, 60_000);
});
