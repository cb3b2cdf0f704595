/**
 * Deposits into the ledger by themselves, without a network: how fast beside the bare engine, and how that grows with the
 * number of transfers that are there.
 */
import { statfsSync } from "node:fs";
import { join } from "node:path";
import { accountId, balanceOf, findAccount } from "@jumpa-madu/store/account";
import { savingsKey } from "@jumpa-madu/store/books";
import { migrate } from "@jumpa-madu/store/migrate";
import { PASSBOOK_LINES_MAX, readPassbook } from "@jumpa-madu/store/passbook";
import { postRecord } from "@jumpa-madu/store/post-record";
import { postTogether, readyOf } from "@jumpa-madu/store/post-together";
import { openRelational, type RelationalStore } from "@jumpa-madu/store/relational-store";
import { verifyLedger } from "@jumpa-madu/store/verify-ledger";
import { openBareBooks } from "./bare-books.ts";
import { bareDeposit } from "./bare-rows.ts";
import type { Benchmark, BenchmarkContext, BenchmarkResult } from "./benchmark.ts";
import { writePast } from "./ledger-past.ts";
import { type Posted, type Poster, percentileOf, postedRow, ratioOf, takeTurns } from "./ledger-rounds.ts";
import { memberOf, newDeposit, PAST_MS, TRANSFERS_PER_WASTE_BANK } from "./ledger-world.ts";
import { openDatabase, type RelationalEngine } from "./relational-database.ts";
import type { Row } from "./table.ts";

/** Deposits of a transaction: one by one, and as ingest gathers them when many wait. */
const BATCHES = [1, 100];

/** Part of the bare rate that the ledger is to reach with all its rules. */
const RATIO_MIN = 0.5;

/** Sizes of a run, in transfers, and how long its rounds are. */
const PLANS = {
  whole: { sizes: [10_000, 1_000_000, 10_000_000], rounds: 5, roundMs: 1_500, reads: 500 },
  quick: { sizes: [10_000, 100_000], rounds: 3, roundMs: 500, reads: 50 },
};

/** Bytes of disk that one transfer needs with its share of deposit, line and journal, indexes and log included. */
const BYTES_PER_TRANSFER = 2_500;

/** Lines of a page of a passbook. */
const PAGE_LINES = 50;

/** Longest that a run measures before it leaves out what would not be done in time, in seconds. */
const RUN_S_MAX = 640;

/** Part by which writing the past takes longer than the number of its transfers would let one think. */
const PAST_SLOWER = 1.4;

/** The benchmarks `ledger`, `ledger-sqlite` and `ledger-postgres`. */
export function ledgerBenchmark(...engines: RelationalEngine[]): Benchmark {
  return {
    says: `deposits a second into the ledger on ${engines.join(" and ")} beside the bare engine, and how that grows`,
    secondsMax: 720,
    async run(context) {
      const results = [];
      const endMs = performance.now() + RUN_S_MAX * 1_000;
      for (const [at, engine] of engines.entries()) {
        // Each engine may take its part of what is left.
        const leftMs = endMs - performance.now();
        results.push(await measure(context, engine, performance.now() + leftMs / (engines.length - at)));
      }
      return {
        tables: results.flatMap(({ tables }) => tables),
        figures: Object.assign({}, ...results.map(({ figures }) => figures)),
        failures: results.flatMap(({ failures }) => failures),
        targets: results.flatMap(({ targets }) => targets),
      };
    },
  };
}

/** Books at a size, and the deposits that were posted into them here. */
interface Books {
  engine: RelationalEngine;
  url: string;
  store: RelationalStore;
  wasteBanks: number;
}

async function measure(
  context: BenchmarkContext,
  engine: RelationalEngine,
  endMs: number,
): Promise<BenchmarkResult> {
  const plan = PLANS[context.isQuick ? "quick" : "whole"];
  checkDisk(context.dir, Math.max(...plan.sizes) * BYTES_PER_TRANSFER);
  const url = await openDatabase(context, engine);
  const beside: Row[] = [];
  const growth: Row[] = [];
  const failures: string[] = [];
  const targets: BenchmarkResult["targets"] = [];
  const leftOut: number[] = [];
  let filled = 0;
  let msPerWasteBank = 0;
  for (const transfers of plan.sizes) {
    const wasteBanks = transfers / TRANSFERS_PER_WASTE_BANK;
    const startMs = performance.now();
    if (startMs + (wasteBanks - filled) * msPerWasteBank * PAST_SLOWER > endMs) {
      leftOut.push(transfers);
      context.say(`${engine}: ${transfers} transfers would not be written in time and are left out`);
      continue;
    }
    const books = await openBooks({ engine, url }, { from: filled, to: wasteBanks });
    // The smallest past takes no time that tells of larger ones: nearly all of it is making the tables.
    if (filled > 0) msPerWasteBank = (performance.now() - startMs) / (wasteBanks - filled);
    filled = wasteBanks;
    try {
      if (transfers === plan.sizes[0]) {
        for (const batch of BATCHES) {
          const { ratio, rows } = await besideBare(context, books, { ...plan, batch });
          beside.push(...rows);
          targets.push({
            target: `${engine}, ${batch} a transaction: at least ${RATIO_MIN} of the bare rate`,
            measured: ratio,
            isMet: ratio >= RATIO_MIN,
          });
        }
        const violations = await verifyLedger(books.store.db, PAST_MS);
        failures.push(...violations.map(({ table, id, what }) => `${engine}: ${table} ${id}: ${what}`));
      }
      growth.push({ transfers, ...(await atSize(books, plan)) });
      context.say(`${engine}: measured at ${transfers} transfers`);
    } finally {
      await books.store.close();
    }
  }
  return {
    tables: [
      { title: `Deposits into ${engine}, the ledger in turns with the bare engine`, rows: beside },
      { title: `The ledger on ${engine} as it grows`, rows: growth },
    ],
    figures: { [engine]: { beside, growth, left_out: leftOut } },
    failures,
    targets,
  };
}

function checkDisk(dir: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(dir);
  if (bavail * bsize >= bytes) return;
  const gib = (count: number) => Math.ceil(count / 1024 ** 3);
  throw new Error(
    `${dir} has ${gib(bavail * bsize)} GiB free, this run needs ${gib(bytes)}: free some, or use --quick`,
  );
}

/** Opens the books with the past of `to` waste banks, of which `from` have theirs already. */
async function openBooks(
  { engine, url }: Pick<Books, "engine" | "url">,
  { from, to }: { from: number; to: number },
): Promise<Books> {
  if (from === 0) {
    const empty = openRelational(url, () => undefined);
    await migrate(empty);
    await empty.close();
  }
  await writePast(engine, url, { from, to });
  return { engine, url, store: openRelational(url, () => undefined), wasteBanks: to };
}

async function besideBare(
  { dir }: BenchmarkContext,
  books: Books,
  plan: { rounds: number; roundMs: number; batch: number },
): Promise<{ ratio: number; rows: Row[] }> {
  const bare = await openBareBooks(books.engine, books.url, join(dir, `bare-${plan.batch}.sqlite`));
  try {
    const posted = await takeTurns({ bare: barePoster(books, bare), ledger: ledgerPoster(books) }, plan);
    const ratio = ratioOf(posted.ledger, posted.bare);
    const row = (who: string, of: Posted, part: number | null) => ({
      who,
      deposits_a_transaction: plan.batch,
      ...postedRow(of),
      of_bare: part,
    });
    return { ratio, rows: [row("bare", posted.bare, null), row("ledger", posted.ledger, ratio)] };
  } finally {
    await bare.close();
  }
}

/** Numbers the deposits of this process, so that no two are alike. */
let deposits = 0;

function barePoster({ wasteBanks }: Books, bare: Awaited<ReturnType<typeof openBareBooks>>): Poster {
  return {
    ready(count) {
      const ready = Array.from({ length: count }, () => bareDeposit(newDeposit(wasteBanks, deposits++)));
      return () => bare.write(ready);
    },
  };
}

function ledgerPoster({ store, wasteBanks }: Books): Poster {
  return {
    ready(count) {
      const ready = Array.from({ length: count }, () => newDeposit(wasteBanks, deposits++));
      return () =>
        store.transaction(async (tx) => {
          // As ingest does: one that came alone by itself, many together.
          if (ready.length > 1) {
            const received = ready.map((sent) => ({ ...sent, receivedMs: sent.deposit.t }));
            const all = (await readyOf(tx, received)).filter((each) => each !== null);
            if (all.length < ready.length || !(await postTogether(tx, all)))
              throw new Error("deposits were not posted together");
            return;
          }
          for (const { node, deposit } of ready) {
            const origin = { node, receivedMs: deposit.t };
            const outcome = await postRecord(tx, origin, deposit);
            if (outcome.kind !== "posted") throw new Error(`a deposit was ${JSON.stringify(outcome)}`);
          }
        });
    },
  };
}

/** The ledger by itself at the size that it has: posting, a balance, a page of a passbook. */
async function atSize(
  books: Books,
  { rounds, roundMs, reads }: { rounds: number; roundMs: number; reads: number },
): Promise<Row> {
  const row: Row = {};
  for (const batch of BATCHES) {
    const { ledger } = await takeTurns({ ledger: ledgerPoster(books) }, { rounds, roundMs, batch });
    row[`per_s_by_${batch}`] = ledger.perS;
    row[`p99_ms_by_${batch}`] = ledger.p99Ms;
  }
  const { db } = books.store;
  const bookOf = (number: number) => ({ ...memberOf(books.wasteBanks, number), product: "regular" });
  const balances = await timed(reads, async (number) => {
    const account = await findAccount(db, accountId(savingsKey(bookOf(number))));
    if (account === null || balanceOf(account) === 0) throw new Error("a member has no balance");
  });
  const pages = await timed(reads, async (number) => {
    const page = await readPassbook(db, bookOf(number), {
      fromMs: null,
      untilMs: null,
      limit: Math.min(PAGE_LINES, PASSBOOK_LINES_MAX),
      after: null,
    });
    if (page.lines.length !== PAGE_LINES) throw new Error(`a page has ${page.lines.length} lines`);
  });
  return {
    ...row,
    balance_p50_ms: percentileOf(balances, 50),
    balance_p99_ms: percentileOf(balances, 99),
    passbook_p50_ms: percentileOf(pages, 50),
    passbook_p99_ms: percentileOf(pages, 99),
  };
}

async function timed(times: number, read: (number: number) => Promise<void>): Promise<number[]> {
  const latenciesMs: number[] = [];
  for (let number = 0; number < times; number++) {
    const startMs = performance.now();
    await read(number);
    latenciesMs.push(performance.now() - startMs);
  }
  return latenciesMs;
}
