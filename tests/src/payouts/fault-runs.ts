/**
 * One seeded run: some payouts, some faults of the provider, workers that die at points that are drawn; and in the end every
 * payout was paid exactly once or given back exactly once, and the provider's own book says the same as ours.
 *
 * The store, the vault, the worker and the simulator with its HTTP are the real ones; time alone is made: it jumps to whatever
 * is due next, so that a day of backing off passes in a moment. What only a person can decide is decided by two, who look into
 * the simulator's book as into a dashboard.
 */
import { dayOf } from "@jumpa-madu/contracts/local-day";
import { PAYOUT_PROVIDERS, type PayoutProviderId } from "@jumpa-madu/contracts/payout/outcome";
import { type ProviderSim, startProviderSim } from "@jumpa-madu/provider-sim/provider-sim";
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import type { Vault } from "@jumpa-madu/store/vault";
import { keepWebhook } from "@jumpa-madu/store/webhook-inbox";
import { flipV3 } from "@jumpa-madu/treasury/flip-v3";
import { buildHttp } from "@jumpa-madu/treasury/http";
import type { JobParts } from "@jumpa-madu/treasury/job-parts";
import { createMetrics, type Metrics } from "@jumpa-madu/treasury/metrics";
import type { PayoutProvider } from "@jumpa-madu/treasury/payout-provider";
import { ProviderLine } from "@jumpa-madu/treasury/provider-line";
import { reconcile } from "@jumpa-madu/treasury/reconciliation";
import { webhookRoutes } from "@jumpa-madu/treasury/webhook-routes";
import { Worker } from "@jumpa-madu/treasury/worker";
import { xenditV2 } from "@jumpa-madu/treasury/xendit-v2";
import { sql } from "kysely";
import pino from "pino";
import { NOW_MS } from "../../../store/src/ledger/sample-accounts.ts";
import { resolvePayout } from "../../../store/src/payouts/resolve-payout.ts";
import { Life, mortalProvider, mortalStore } from "./mortal.ts";
import {
  approvedPayout,
  bothBooks,
  makeWorld,
  type PayoutWorld,
  SAVINGS_IDR,
  SIM_NAMES,
} from "./payout-world.ts";
import { Seeded } from "./seeded.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Time between the beginnings of two runs, longer than what a reconciliation looks back. */
const RUN_APART_MS = 10 * DAY_MS;

/** Made time after which a run must have ended: the resend window, and what follows it. */
const RUN_MS_MAX = 60 * HOUR_MS;

/** Steps after which a run must have ended. */
const STEPS_MAX = 3_000;

/** Longest wait for an answer, in real milliseconds. */
const CALL_TIMEOUT_MS = 500;

const SECRETS = {
  xenditSecretKey: "xnd_development_for_tests_only",
  xenditCallbackToken: "callback-token-for-tests",
  flipSecretKey: "flip-secret-key-for-tests",
  flipToken: "validation-token-for-tests",
};

/** Fates of account numbers at the simulator, each as a number of BCA. */
const FATES = [
  "9000707070", // reversed after it was paid
  "9000121212", // INVALID_DESTINATION
  "9000999999", // REJECTED_BY_CHANNEL
  "9000123456", // TEMPORARY_TRANSFER_ERROR
  "9000404040", // UNKNOWN_BANK_NETWORK_ERROR
  "9000606060", // compliance
  "9000131313", // stays accepted
] as const;

/** What a run has met. */
export interface RunReport {
  seed: number;
  provider: PayoutProviderId;
  payouts: number;
  faults: string[];
  deaths: number;
  calls: number;
  /** Payouts that people had to decide about. */
  reviews: number;
  states: string[];
}

/** What runs share: one store, one vault, one server that takes webhooks. */
export interface RunRoom {
  run(seed: number): Promise<RunReport>;
  close(): Promise<void>;
}

/** Opens the room. */
export async function openRunRoom(store: RelationalStore, vault: Vault): Promise<RunRoom> {
  const metrics = createMetrics();
  const log = pino({ level: "silent" });
  const app = buildHttp({ registry: metrics.registry, faults: async () => [] });
  let nowMs: () => number = Date.now;
  const signal = new AbortController().signal;
  const readers = new Map(
    PAYOUT_PROVIDERS.map((id) => [id, adapterOf(id, { url: "http://127.0.0.1:1", nowMs, signal })]),
  );
  await app.register(webhookRoutes, {
    providers: readers,
    metrics,
    log,
    keep: ({ provider, dedupe, raw }) =>
      store.transaction((tx) => keepWebhook(vault, tx, { provider, dedupe, body: raw, nowMs: nowMs() })),
  });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return {
    async run(seed) {
      const run = await Run.start({ store, vault, metrics, seed, webhookUrl: url });
      nowMs = () => run.nowMs();
      return await run.finish();
    },
    close: () => app.close(),
  };
}

function adapterOf(
  id: PayoutProviderId,
  { url, nowMs, signal }: { url: string; nowMs: () => number; signal: AbortSignal },
): PayoutProvider {
  const line = new ProviderLine({
    baseUrl: id === "xendit-v2" ? url : `${url}/api`,
    secretKey: id === "xendit-v2" ? SECRETS.xenditSecretKey : SECRETS.flipSecretKey,
    requestsPerMinute: 1_000_000,
    timeoutMs: CALL_TIMEOUT_MS,
    monotonicMs: nowMs,
    signal,
  });
  // The simulator compares the time that is sent along with its wall clock, which stands still.
  const sentMs = nowMs();
  return id === "xendit-v2"
    ? xenditV2({ line, callbackToken: SECRETS.xenditCallbackToken })
    : flipV3({ line, callbackToken: SECRETS.flipToken, nowMs: () => sentMs });
}

interface RunParts {
  store: RelationalStore;
  vault: Vault;
  metrics: Metrics;
  seed: number;
  webhookUrl: string;
}

/** Tells whether time alone changes nothing more of a payout of the simulator. */
function isOver({ status, fate }: { status: string; fate: string }): boolean {
  if (status === "SUCCEEDED") return fate !== "reversed";
  return ["FAILED", "CANCELLED", "COMPLIANCE_REJECTED", "REVERSED"].includes(status);
}

/** The simulator charges what was paid, also when it comes back. */
function isCharged({ status }: { status: string }): boolean {
  return status === "SUCCEEDED" || status === "REVERSED";
}

class Run {
  readonly #parts: RunParts;
  readonly #random: Seeded;
  readonly #world: PayoutWorld;
  readonly #sim: ProviderSim;
  readonly #startMs: number;
  readonly #provider: PayoutProvider;
  readonly #faults: string[] = [];
  readonly #workers: { worker: Worker; life: Life }[] = [];
  #deaths = 0;
  /** Attempts that people have decided about. */
  readonly #decided = new Set<string>();

  private constructor(
    parts: RunParts,
    {
      random,
      world,
      sim,
      startMs,
    }: { random: Seeded; world: PayoutWorld; sim: ProviderSim; startMs: number },
  ) {
    this.#parts = parts;
    this.#random = random;
    this.#world = world;
    this.#sim = sim;
    this.#startMs = startMs;
    this.#provider = adapterOf(world.desk.provider, {
      url: sim.url,
      nowMs: () => sim.nowMs(),
      signal: new AbortController().signal,
    });
  }

  static async start(parts: RunParts): Promise<Run> {
    const random = new Seeded(parts.seed);
    const provider = random.pick(PAYOUT_PROVIDERS);
    const startMs = NOW_MS + 2 * DAY_MS + parts.seed * RUN_APART_MS;
    const webhookUrl = `${parts.webhookUrl}/webhooks/payouts/${provider}`;
    const sim = await startProviderSim({
      seed: parts.seed,
      nowMs: () => startMs,
      speed: 1,
      secrets: SECRETS,
      feeIdr: { flip: random.pick([0, 1_500]) },
      webhookUrls: { [SIM_NAMES[provider]]: random.chance(0.85) ? webhookUrl : null },
      limits: { requestsPerMinuteMax: random.chance(0.1) ? 3 : 1_000_000, webhookAnswerMsMax: 2_000 },
    });
    const world = await makeWorld(parts.store, { vault: parts.vault, provider });
    return new Run(parts, { random, world, sim, startMs });
  }

  nowMs(): number {
    return this.#sim.nowMs();
  }

  async finish(): Promise<RunReport> {
    try {
      this.#armFaults();
      const count = this.#random.between(1, 3);
      for (let n = 0; n < count; n++) {
        await approvedPayout(this.#world, {
          // One of them at most has a fate, so that all are different.
          accountNumber:
            n === 0 && this.#random.chance(0.6)
              ? this.#random.pick(FATES)
              : String(this.#random.between(1_000_000_000, 1_999_999_999)),
          amountIdr: this.#random.between(10, 1_000) * 1_000,
          nowMs: this.nowMs(),
        });
      }
      await this.#work();
      // Faults are over; the day's reconciliation finds what nobody has told, and people decide what is left to them.
      this.#sim.disarm();
      await this.#sim.advance(DAY_MS);
      await this.#work();
      await this.#reconcile();
      await this.#work();
      return await this.#report(count);
    } finally {
      await this.#sim.stop();
    }
  }

  #armFaults(): void {
    const random = this.#random;
    const either = ["hang", "reset", "bad-gateway", "unavailable", "server-error"] as const;
    const answers = [
      "truncated",
      "unknown-status",
      "extra-fields",
      "wrong-amount",
      "foreign-payout",
    ] as const;
    for (let left = random.between(0, 4); left > 0; left--) {
      const when = random.pick(["before", "after"] as const);
      const method = random.pick(["GET", "POST", "POST"] as const);
      const times = random.between(1, 3);
      const skip = random.between(0, 2);
      if (random.chance(0.65)) {
        const fault = random.pick(either);
        this.#sim.arm({ fault, when, method, times, skip });
        this.#faults.push(`${fault} ${when} ${method}`);
      } else if (random.chance(0.8)) {
        const fault = random.pick(answers);
        this.#sim.arm({ fault, when: "after", method, times, skip });
        this.#faults.push(`${fault} ${method}`);
      } else {
        this.#sim.arm({
          fault: "lookup-lag",
          when: "after",
          method: "POST",
          lagMs: random.between(1, 40) * 60_000,
        });
        this.#faults.push("lookup-lag");
      }
    }
    const webhooks = [
      "duplicate",
      "out-of-order",
      "delayed",
      "dropped",
      "wrong-token",
      "unknown-payout",
      "wrong-amount",
    ] as const;
    for (let left = random.between(0, 2); left > 0; left--) {
      const fault = random.pick(webhooks);
      this.#sim.armWebhook({
        fault,
        ...(fault === "delayed" ? { delayMs: random.between(1, 300) * 60_000 } : {}),
      });
      this.#faults.push(`webhook ${fault}`);
    }
  }

  /** Lets two workers work, dying and rising again, until nothing is left to do. */
  async #work(): Promise<void> {
    const endMs = this.nowMs() + RUN_MS_MAX;
    for (let steps = 0; ; steps++) {
      if (steps > STEPS_MAX || this.nowMs() > endMs)
        throw new Error(`it does not come to an end: ${await this.#openThings()}`);
      this.#bury();
      const { dueMs, isReviewed } = await this.#standing();
      // Nobody is woken before something is due: most of the time would go into looks that find nothing.
      if (dueMs !== null && dueMs <= this.nowMs()) {
        const busy = await Promise.all(this.#workers.map(({ worker }) => worker.step().catch(() => true)));
        if (busy.includes(true) || this.#workers.some(({ life }) => life.isOver)) continue;
      }
      if (isReviewed && (await this.#decide())) continue;
      if (dueMs === null) return;
      await this.#sim.advance(Math.max(1, dueMs - this.nowMs()));
      this.#endWhatStays();
    }
  }

  /** Replaces the dead by workers of their own name, whose lives are drawn; after many deaths by ones that live for ever. */
  #bury(): void {
    for (let index = 0; index < 2; index++) {
      const known = this.#workers[index];
      if (known !== undefined && !known.life.isOver) continue;
      if (known !== undefined) this.#deaths++;
      const mortal = this.#deaths < 12 && this.#random.chance(0.7);
      const life = new Life(mortal ? this.#random.between(1, 25) : Number.POSITIVE_INFINITY);
      const parts = this.#jobParts(life);
      this.#workers[index] = {
        life,
        worker: new Worker(parts, { id: `worker-${index}-${this.#deaths}`, jobsAtOnceMax: 1 }),
      };
    }
  }

  #jobParts(life: Life): JobParts {
    const { store, vault, metrics } = this.#parts;
    const { desk } = this.#world;
    return {
      store: mortalStore(store, life),
      vault,
      providers: new Map([[desk.provider, mortalProvider(this.#provider, life)]]),
      desk,
      log: pino({ level: "silent" }),
      metrics,
      nowMs: () => this.nowMs(),
    };
  }

  /** When the next job can be claimed, null when there is none; and whether people have something to decide. */
  async #standing(): Promise<{ dueMs: number | null; isReviewed: boolean }> {
    const { due, reviewed } = await this.#parts.store.db
      .selectNoFrom((eb) => [
        eb
          .selectFrom("payout_jobs")
          .select(
            sql<number | null>`min(case when lease_until_ms > due_ms then lease_until_ms else due_ms end)`.as(
              "due",
            ),
          )
          .as("due"),
        eb
          .selectFrom("payouts")
          .select((one) => one.fn.countAll<number>().as("n"))
          .where("member_id", "=", this.#world.member)
          .where("review", "is not", null)
          .as("reviewed"),
      ])
      .executeTakeFirstOrThrow();
    return { dueMs: due === null ? null : Number(due), isReviewed: Number(reviewed) > 0 };
  }

  /** What the provider would leave as it is for ever is moved after some hours. */
  #endWhatStays(): void {
    if (this.nowMs() - this.#startMs < 5 * HOUR_MS) return;
    const name = SIM_NAMES[this.#world.desk.provider];
    for (const { id, status, fate } of this.#sim.book()[name].payouts) {
      if (status !== "ACCEPTED" || fate !== "stays-accepted") continue;
      if (this.#random.chance(0.5)) this.#sim.move(name, { id, status: "SUCCEEDED" });
      else this.#sim.move(name, { id, status: "FAILED", failureCode: "REJECTED_BY_CHANNEL" });
    }
  }

  /** Two people look into the dashboard and decide what is over there. False when there is nothing to decide. */
  async #decide(): Promise<boolean> {
    const { payouts } = await bothBooks(this.#world, this.#sim);
    const open = payouts.filter(
      ({ review, attempts }) =>
        review !== null && attempts.every(({ state, theirs }) => state !== "sending" && theirs.every(isOver)),
    );
    for (const { id, review, review_attempt_id, attempts } of open) {
      if (!this.#mayBeReviewed(review))
        throw new Error(`nobody should have to decide: ${await this.#openThings()}`);
      const attempt = attempts.find((one) => one.id === review_attempt_id);
      const isPaid = attempt?.theirs.some(({ status }) => status === "SUCCEEDED") ?? false;
      for (const actor of [this.#world.staff, this.#world.chief]) {
        const outcome = await this.#parts.store.transaction((tx) =>
          resolvePayout(tx, {
            payout: id,
            resolution: isPaid ? "paid" : "not_paid",
            reason: "looked up in the dashboard",
            actor,
            nowMs: this.nowMs(),
          }),
        );
        if (outcome.kind === "refused") throw new Error(`${outcome.code}: ${outcome.reason}`);
      }
      this.#decided.add(review_attempt_id ?? "");
    }
    return open.length > 0;
  }

  /** People are asked only when the provider itself has said what cannot be. */
  #mayBeReviewed(review: string | null): boolean {
    if (review === "mismatch") return this.#faults.some((fault) => fault.startsWith("wrong-amount"));
    // Flip has no word for money that came back, and the simulator makes DONE into CANCELLED.
    return review === "contradiction" && this.#world.desk.provider === "flip-v3";
  }

  async #reconcile(): Promise<void> {
    const parts = this.#jobParts(new Life(Number.POSITIVE_INFINITY));
    await reconcile(parts, {
      provider: this.#provider,
      day: dayOf(this.nowMs()),
      signal: new AbortController().signal,
      wait: (ms) => this.#sim.advance(ms),
    });
  }

  async #openThings(): Promise<string> {
    const { payouts } = await bothBooks(this.#world, this.#sim);
    const jobs = await this.#parts.store.db.selectFrom("payout_jobs").selectAll().execute();
    return JSON.stringify({ seed: this.#parts.seed, faults: this.#faults, jobs, payouts });
  }

  /** Compares both books; throws what is not as it must be. */
  async #report(count: number): Promise<RunReport> {
    const books = await bothBooks(this.#world, this.#sim);
    const wrong: string[] = [];
    const must = (isSo: boolean, what: string) => {
      if (!isSo) wrong.push(what);
    };
    let paidIdr = 0;
    // Of the fee that the provider took people know nothing who decide, and nobody of a payout that was paid and came back
    // while it could not be found; the balance of the reconciliation tells of it.
    let untoldFeesIdr = 0;
    for (const { id, state, review, amount_idr, attempts } of books.payouts) {
      const theirs = attempts.flatMap((attempt) => attempt.theirs);
      const paid = theirs.filter(({ status }) => status === "SUCCEEDED").length;
      const returned = theirs.filter(({ status }) => status === "REVERSED").length;
      for (const attempt of attempts)
        must(attempt.theirs.length <= 1, `attempt ${attempt.id} is there twice`);
      must(review === null, `payout ${id} is still under review: ${review}`);
      must(["paid", "failed", "reversed"].includes(state), `payout ${id} is ${state}`);
      must(paid === (state === "paid" ? 1 : 0), `payout ${id} is ${state}, and was paid ${paid} times`);
      must(paid + returned <= 1, `payout ${id} left ${paid + returned} times`);
      must(
        theirs.every(({ amountIdr }) => amountIdr === amount_idr),
        `payout ${id} was paid with another amount`,
      );
      if (state === "paid") paidIdr += amount_idr;
      for (const {
        id: attempt,
        provider_fee_idr,
        theirs: [one],
      } of attempts)
        if (one !== undefined && isCharged(one) && (this.#decided.has(attempt) || one.status === "REVERSED"))
          untoldFeesIdr += one.feeIdr - (provider_fee_idr ?? 0);
    }
    must(books.payouts.length === count, "a payout is missing");
    must(books.strangers === 0, "the provider has a payout that is none of ours");
    must(books.heldIdr === 0, `Rp ${books.heldIdr} is still held`);
    must(books.theirHeldIdr === 0, `Rp ${books.theirHeldIdr} is still held at the provider`);
    must(
      books.savingsIdr === SAVINGS_IDR - paidIdr,
      `the member has Rp ${books.savingsIdr}, and Rp ${paidIdr} was paid`,
    );
    must(
      books.outIdr + untoldFeesIdr === books.theirOutIdr,
      `Rp ${books.outIdr} went out by our books, Rp ${books.theirOutIdr} by theirs`,
    );
    if (wrong.length > 0) throw new Error(`${wrong.join("; ")}: ${await this.#openThings()}`);
    return {
      seed: this.#parts.seed,
      provider: this.#world.desk.provider,
      payouts: count,
      faults: this.#faults,
      deaths: this.#deaths,
      calls: this.#sim.requests().length,
      reviews: this.#decided.size,
      states: books.payouts.map(({ state }) => state),
    };
  }
}
