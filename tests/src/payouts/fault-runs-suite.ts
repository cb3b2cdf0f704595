/** Seeded runs of faults and kills on one engine. */
import { migrate } from "@jumpa-madu/store/migrate";
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import { sealAll } from "@jumpa-madu/store/seals";
import { openTestVault } from "@jumpa-madu/store/test-vault";
import pg from "pg";
import { expect, test } from "vitest";
import { verifySample } from "../../../store/src/ledger/sample-journals.ts";
import { freshDatabase, openQuietly } from "../../../store/src/relational/engine-suite.ts";
import { openRunRoom, type RunReport } from "./fault-runs.ts";

/** Seeded runs on each engine, of which no two have the same seed: a thousand in all, or as many as FAULT_RUNS says on each. */
const RUNS = Number(process.env.FAULT_RUNS ?? 500);

/** Runs at the same time, each on a database of its own: most of their time is spent waiting. */
const LANES = 8;

/** Longest that they may take on one engine, in milliseconds. On two idle cores it is a third of that. */
const RUNS_MS_MAX = 900_000;

/** Defines the test. */
export function defineFaultRuns(engine: RelationalStore["engine"]): void {
  test(
    `each of ${RUNS} seeded runs of faults and kills on ${engine} ends with every payout paid once or given back once`,
    async () => {
      const lanes = Array.from({ length: LANES }, (_, lane) => runLane(engine, lane));
      const reports = (await Promise.all(lanes)).flat();
      expect(reports).toHaveLength(RUNS);
      // They have met what they are for.
      const all = (of: (report: RunReport) => string[]) => new Set(reports.flatMap(of));
      expect([...all(({ states }) => states)].sort()).toEqual(["failed", "paid", "reversed"]);
      expect(all(({ faults }) => faults).size).toBeGreaterThan(30);
      expect(reports.reduce((sum, { deaths }) => sum + deaths, 0)).toBeGreaterThan(RUNS);
      expect(reports.some(({ reviews }) => reviews > 0)).toBe(true);
    },
    RUNS_MS_MAX,
  );
}

/** Switches a setting of PostgreSQL off for whoever connects to this database from now on. */
async function forgo(url: string, setting: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(`alter database ${new URL(url).pathname.slice(1)} set ${setting} = off`);
  } finally {
    await client.end();
  }
}

/** Every LANES-th seed; then the whole ledger of the lane is proved. */
async function runLane(engine: RelationalStore["engine"], lane: number): Promise<RunReport[]> {
  const database = await freshDatabase(engine);
  // Workers die here, the server does not: nothing hangs on what has reached the disk.
  if (engine === "postgres") await forgo(database.url, "synchronous_commit");
  const store = openQuietly(database.url);
  await migrate(store);
  const vault = await openTestVault();
  const room = await openRunRoom(store, vault);
  try {
    const reports: RunReport[] = [];
    const before = engine === "sqlite" ? 0 : RUNS;
    for (let seed = 1 + lane; seed <= RUNS; seed += LANES) reports.push(await room.run(before + seed));
    await sealAll(store, { since: "ever", nowMs: Date.now() });
    expect(await verifySample(store.db)).toEqual([]);
    return reports;
  } finally {
    await room.close();
    await vault.close();
    await store.close();
    database.remove();
  }
}
