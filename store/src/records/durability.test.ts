/** What was committed is there after a kill, and two processes may write to one file. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { verifyLedger } from "../ledger/verify-ledger.ts";
import { onEngine, openQuietly, type Suite } from "../relational/engine-suite.ts";
import { type SampleBooks, sampleBooks } from "./sample-books.ts";

const ROUNDS = 10;

onEngine("sqlite", "books in a file", (suite) => {
  it("has every deposit that a process reported before it was killed", { timeout: 40_000 }, async () => {
    const books = await sampleBooks(suite.store);
    const reported: string[] = [];
    // The next process is prepared while the one before is killed: only one of them writes at a time on one waste bank.
    await Promise.all(
      [0, 1].map(async (half) => {
        for (let round = 0; round < ROUNDS / 2; round++) {
          const { child, ids } = startWriter(suite, books, 1_000_000);
          const killAfter = 1 + ((round * 7 + half * 3) % 11) + Math.floor(Math.random() * 5);
          for await (const id of ids) {
            reported.push(id);
            // Every line that it wrote before it died is still read.
            if (reported.length % killAfter === 0) child.kill("SIGKILL");
          }
          expect(child.signalCode).toBe("SIGKILL");
        }
      }),
    );
    // A store that is opened afresh, as a service is after a crash.
    const store = openQuietly(suite.url);
    const kept = new Set((await store.db.selectFrom("deposits").select("id").execute()).map(({ id }) => id));
    expect(reported.length).toBeGreaterThanOrEqual(ROUNDS);
    expect(reported.filter((id) => !kept.has(id))).toEqual([]);
    // Killed between the commit and the report: at most one a process.
    expect(kept.size - reported.length).toBeLessThanOrEqual(ROUNDS);
    expect(await verifyLedger(store.db)).toEqual([]);
    await store.close();
  });

  it("loses nothing when two processes write at once", async () => {
    const books = await sampleBooks(suite.store);
    const writers = [startWriter(suite, books, 60), startWriter(suite, books, 60)];
    const reported = await Promise.all(writers.map(({ ids }) => Array.fromAsync(ids)));
    expect(reported.map((ids) => ids.length)).toEqual([60, 60]);
    const kept = await suite.store.db
      .selectFrom("deposits")
      .select("id")
      .where("member_id", "=", books.member)
      .execute();
    expect(kept.map(({ id }) => id).sort()).toEqual(reported.flat().sort());
    expect(await verifyLedger(suite.store.db)).toEqual([]);
  });
});

/** Starts a process that posts `count` deposits; `ids` ends with it. */
function startWriter(
  { url }: Suite,
  books: SampleBooks,
  count: number,
): { child: ChildProcess; ids: AsyncIterable<string> } {
  const script = fileURLToPath(new URL("./writer-process.ts", import.meta.url));
  const child = spawn(process.execPath, [script, url, JSON.stringify(books), `${count}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  async function* ids(): AsyncGenerator<string> {
    yield* createInterface({ input: child.stdout });
    await exited;
  }
  return { child, ids: ids() };
}
