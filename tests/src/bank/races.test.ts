/** Several processes at one waste bank, on the same few members and drawers: what fits is done once, and nothing else is. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { newEventId } from "@jumpa-madu/contracts/ids";
import { insertPrice } from "@jumpa-madu/store/prices";
import { takeDeposit } from "@jumpa-madu/store/take-deposit";
import type { Vault } from "@jumpa-madu/store/vault";
import { verifyLedger } from "@jumpa-madu/store/verify-ledger";
import { afterAll, beforeAll, expect, it } from "vitest";
import { onEachEngine, type Suite } from "../../../store/src/relational/engine-suite.ts";
import { savings } from "./model/plain-books.ts";
import { beginDatabase, makeTown, START_MS, type Town } from "./model/town.ts";
import type { RaceResult, RaceTask } from "./racer.ts";

const PROCESSES = 4;
const RACER = join(import.meta.dirname, "racer.ts");

/** Starts the processes at once; answers what each has done. Whatever a process could not handle fails the test. */
async function race(url: string, task: RaceTask): Promise<RaceResult[]> {
  return await Promise.all(
    Array.from({ length: PROCESSES }, async (_, n) => {
      const own = JSON.stringify({ ...task, seed: task.seed + n });
      const child = spawn(process.execPath, [RACER, url, own], { stdio: ["ignore", "pipe", "pipe"] });
      const code = new Promise<number | null>((resolve, reject) => {
        child.once("error", reject);
        child.once("exit", resolve);
      });
      const [ended, stdout, stderr] = await Promise.all([code, text(child.stdout), text(child.stderr)]);
      expect([ended, stderr.replace(/^.*(?:ExperimentalWarning|--trace-warnings).*\n/gm, "")]).toEqual([
        0,
        "",
      ]);
      return JSON.parse(stdout) as RaceResult;
    }),
  );
}

function taskOf(town: Town, rest: Partial<RaceTask>): RaceTask {
  const { unit, scale, offTaker, cashiers, staff } = town;
  const task = {
    seed: 1,
    unit,
    scale,
    offTaker,
    members: [town.member],
    cashiers,
    staff,
    nowMs: START_MS + 60_000,
  };
  return { ...task, deposits: [], holds: 0, holdIdr: 0, ...rest };
}

onEachEngine("processes at one waste bank", (suite: Suite) => {
  let vault: Vault;
  let town: Town;
  beforeAll(async () => {
    vault = await beginDatabase(suite.store);
    town = await makeTown(suite.store, vault);
  });
  afterAll(() => vault.close());

  it("600 holds of 300 on a book of 100,000 by 20 clients: exactly 333", async () => {
    const { store } = suite;
    await saveExactly(100_000);
    const results = await race(suite.url, taskOf(town, { holds: 30, holdIdr: 300 }));
    expect(results.flatMap(({ accepted }) => accepted.payout ?? [])).toHaveLength(333);
    expect(sumOf(results)).toEqual({ "payout: below_min_balance": 267 });
    const held = await store.db
      .selectFrom("accounts")
      .select("debits_pending")
      .where("id", "=", savings(town.unit, town.member, "regular"))
      .executeTakeFirst();
    expect(held).toEqual({ debits_pending: 99_900 });
  }, 60_000);

  it("a busy day ends in order: every id once, no gap, nothing negative, no deadlock", async () => {
    const { store } = suite;
    const deposits = Array.from({ length: 100 }, () => newEventId());
    const others = await makeTown(store, vault);
    const members = [others.member, ...(await membersOf(others))];
    const results = await race(suite.url, taskOf(others, { seed: 7, members, deposits }));

    const accepted = results.flatMap((one) => one.accepted.deposit ?? []);
    expect(new Set(accepted).size).toBe(accepted.length);
    const rows = await store.db
      .selectFrom("deposits")
      .select(["id", "device", "receipt_no"])
      .where("waste_bank_id", "=", others.unit)
      .execute();
    expect(rows.map(({ id }) => id).sort()).toEqual(accepted.sort());
    // What is not cash is refused by nobody.
    expect(accepted.length).toBeGreaterThan(65);
    for (const [device, of] of Map.groupBy(rows, (row) => row.device)) {
      const numbers = of.map(({ receipt_no }) => Number(receipt_no.slice(-6))).sort((a, b) => a - b);
      expect(numbers, device).toEqual(numbers.map((_, index) => index + 1));
    }
    for (const [what, table] of [
      ["payout", "payouts"],
      ["sale", "sales"],
      ["shift", "shifts"],
      ["void", "deposit_voids"],
      ["handout", "cash_payouts"],
    ] as const) {
      const ids = results.flatMap((one) => one.accepted[what] ?? []);
      expect(ids.length, what).toBeGreaterThan(0);
      const key = table === "cash_payouts" ? "payout_id" : "id";
      const kept = await store.db
        .selectFrom(table as "payouts")
        .select(key as "id")
        .where(key as "id", "in", ids)
        .execute();
      expect(kept, what).toHaveLength(ids.length);
      expect(new Set(ids).size, what).toBe(ids.length);
    }
    const below = await store.db
      .selectFrom("accounts")
      .select("id")
      .where("floor_zero", "=", 1)
      .where((is) =>
        is.or([
          is.and([is("normal", "=", "C"), is("debits_posted", ">", is.ref("credits_posted"))]),
          is.and([is("normal", "=", "D"), is("credits_posted", ">", is.ref("debits_posted"))]),
        ]),
      )
      .execute();
    expect(below).toEqual([]);
  }, 120_000);

  it("leaves books that verify", async () => {
    expect(await verifyLedger(suite.store.db, 0)).toEqual([]);
  });

  /** A deposit of this worth, at a price that it divides by. */
  async function saveExactly(amountIdr: number): Promise<void> {
    const priceIdrPerKg = 5_000;
    const netG = (amountIdr * 1_000) / priceIdrPerKg;
    const createdBy = `user:${town.staff}`;
    const times = { validFromMs: START_MS + 1, createdMs: START_MS, createdBy };
    const price = { id: newEventId(), material: "pet", wasteBank: town.unit, priceIdrPerKg, ...times };
    const outcome = await suite.store.transaction(async (tx) => {
      await insertPrice(tx, price);
      const evidence = {
        kind: "scale",
        scale: town.scale,
        raw: "0d0a",
        stable: true,
        verifiedUntilMs: null,
      } as const;
      const line = { material: "pet", weight: { grossG: null, tareG: null, netG }, evidence, printed: null };
      const place = { source: "counter", device: 1, wasteBank: town.unit, member: town.member } as const;
      const wish = { purpose: "save", product: null, visit: null, occurredMs: null } as const;
      const rest = { expectedTotalIdr: amountIdr, confirmsDuplicate: false, honouredBy: null };
      const deposit = {
        id: newEventId(),
        ...place,
        ...wish,
        ...rest,
        lines: [line],
        takenBy: town.cashiers[0],
      };
      return await takeDeposit(tx, deposit, START_MS + 1);
    });
    expect(outcome).toMatchObject({ kind: "posted" });
  }

  /** Two more members of a town. */
  async function membersOf({ unit }: Town): Promise<string[]> {
    const ids = [newEventId(), newEventId()];
    await suite.store.db
      .insertInto("members")
      .values(ids.map((id) => ({ id, number: id, waste_bank_id: unit, created_ms: START_MS })))
      .execute();
    return ids;
  }
});

/** How often each refusal came, over all processes. */
function sumOf(results: RaceResult[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { refused } of results)
    for (const [word, many] of Object.entries(refused)) sums[word] = (sums[word] ?? 0) + many;
  return sums;
}
