/** The world behind the HTTP face: clock, books, webhooks and faults of both providers. */

import { Random } from "@jumpa-madu/contracts/random";
import { Book, type Creation } from "./book/book.ts";
import type { Payout, PayoutRequest, Status } from "./book/payout.ts";
import { openStateFile, type StateFile } from "./book/state-file.ts";
import type { FailureCode, Fate } from "./destinations.ts";
import type { Durations } from "./durations.ts";
import { ArmedFaults } from "./faults/armed-faults.ts";
import type { HttpFaultOrder } from "./faults/http-fault.ts";
import { AccountHolders } from "./flip/account-holders.ts";
import { RequestLog } from "./http/request-log.ts";
import { type PerProvider, PROVIDERS, type ProviderName } from "./provider-name.ts";
import type { Secrets } from "./secrets.ts";
import { tellOf } from "./webhooks/tell.ts";
import type { WebhookFaultOrder } from "./webhooks/webhook-fault.ts";
import { WebhookQueue } from "./webhooks/webhook-queue.ts";

/** Limits of one simulator. */
export interface SimLimits {
  /** Requests a minute to one endpoint. */
  requestsPerMinuteMax: number;
  payoutsMax: number;
  /** Longest that a receiver of webhooks may take, in milliseconds. */
  webhookAnswerMsMax: number;
}

export interface SimulationOptions {
  seed: number;
  /** The clock under the simulator's own, in milliseconds since 1970. */
  wallMs: () => number;
  durations: Durations;
  /** What each float is filled with, whole rupiah; a book that was kept is not filled again. */
  floatIdr: number;
  feeIdr: PerProvider<number>;
  secrets: Secrets;
  webhookUrls: PerProvider<string | null>;
  limits: SimLimits;
  statePath: string | null;
}

/** Longest timer of Node, in milliseconds. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** One simulated world. Time passes in it by its clock, and when it is told to `advance`. */
export class Simulation {
  readonly books: PerProvider<Book>;
  readonly webhooks: WebhookQueue;
  readonly holders = new AccountHolders();
  readonly requests = new RequestLog();
  readonly faults: ArmedFaults<HttpFaultOrder>;
  readonly webhookFaults: ArmedFaults<WebhookFaultOrder>;
  readonly secrets: Secrets;
  readonly durations: Durations;
  readonly limits: SimLimits;
  readonly #wallMs: () => number;
  readonly #state: StateFile | null;
  readonly #random: Random;
  #offsetMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  /** Reads the kept books, if any. Throws SimError STATE_UNREADABLE or STATE_OF_ANOTHER_SEED. */
  constructor(options: SimulationOptions) {
    const { seed, limits, durations, secrets, webhookUrls, statePath } = options;
    this.#wallMs = options.wallMs;
    this.limits = limits;
    this.durations = durations;
    this.secrets = secrets;
    this.#random = new Random(seed);
    this.faults = new ArmedFaults(new Random(seed + 1));
    this.webhookFaults = new ArmedFaults(new Random(seed + 2));
    this.webhooks = new WebhookQueue({
      urls: webhookUrls,
      retriesMs: durations.webhookRetriesMs,
      answerMsMax: limits.webhookAnswerMsMax,
      nowMs: () => this.nowMs(),
    });
    this.#state = statePath === null ? null : openStateFile(statePath, seed);
    this.books = { xendit: this.#bookOf("xendit", options), flip: this.#bookOf("flip", options) };
    this.#replay(options.floatIdr);
    this.#wake();
  }

  /** Time of the simulator, in milliseconds since 1970. */
  nowMs(): number {
    return this.#wallMs() + this.#offsetMs;
  }

  /** Time of the clock under it, which `advance` does not move. */
  wallMs(): number {
    return this.#wallMs();
  }

  /** Lets happen what time has brought. Comes before each request. */
  settle(): void {
    if (this.#isStopped) return;
    const nowMs = this.nowMs();
    for (const provider of PROVIDERS) this.books[provider].settle(nowMs);
    this.#wake();
    void this.#deliver();
  }

  /** Moves time on by `ms`; resolves when all webhooks that became due had their answer. */
  async advance(ms: number): Promise<void> {
    this.#offsetMs += ms;
    this.settle();
    do await this.#deliver();
    while ((this.webhooks.nextDueMs() ?? Number.POSITIVE_INFINITY) <= this.nowMs());
  }

  create(
    provider: ProviderName,
    request: PayoutRequest,
    { fate, lagMs }: { fate: Fate; lagMs: number },
  ): Creation {
    const creation = this.books[provider].create(request, { fate, lagMs, nowMs: this.nowMs() });
    this.#wake();
    return creation;
  }

  /** Moves a payout off its way. False when it may not go there. Throws SimError UNKNOWN. */
  move(
    provider: ProviderName,
    { id, status, failureCode = null }: { id: string; status: Status; failureCode?: FailureCode | null },
  ): boolean {
    const isMoved = this.books[provider].move({ id, status, failureCode }, this.nowMs()) !== null;
    this.settle();
    return isMoved;
  }

  topUp(provider: ProviderName, amountIdr: number): void {
    this.books[provider].topUp(amountIdr, this.nowMs());
  }

  /** Ends timers and deliveries and closes the state file; a second call changes nothing. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.webhooks.stop();
    this.#state?.close();
  }

  #bookOf(provider: ProviderName, { seed, feeIdr, durations, limits }: SimulationOptions): Book {
    return new Book({
      provider,
      seed,
      feeIdr: feeIdr[provider],
      durations,
      // Xendit accepts such a payout and fails it later; Flip says so at once.
      refusesInsufficient: provider === "flip",
      payoutsMax: limits.payoutsMax,
      keep: (event) => this.#state?.append(event),
      onMoved: (payout) => this.#tell(payout),
    });
  }

  #replay(floatIdr: number): void {
    const filled = new Set<ProviderName>();
    for (const event of this.#state?.events ?? []) {
      this.books[event.provider].replay(event);
      if (event.kind === "topped-up") filled.add(event.provider);
    }
    for (const provider of PROVIDERS) if (!filled.has(provider)) this.topUp(provider, floatIdr);
  }

  /** Puts the webhook of a status into the queue, as the armed faults want it. */
  #tell(payout: Payout): void {
    if (this.webhooks.urls[payout.provider] === null) return;
    const { secrets, holders } = this;
    const tell = tellOf(payout, { secrets, holders });
    if (tell === null) return;
    const order = this.webhookFaults.draw(
      ({ provider = payout.provider, event = tell.event }) =>
        provider === payout.provider && event === tell.event,
    );
    for (const { webhook, delayMs, isHeldBack } of tell.webhooks(order, this.#random)) {
      const waitMs = isHeldBack ? this.durations.overtakenMs : delayMs;
      this.webhooks.add(webhook, payout.updatedMs + waitMs, isHeldBack);
    }
  }

  async #deliver(): Promise<void> {
    await this.webhooks.deliverDue();
    this.#wake();
  }

  /** Sets the timer for what comes next. Nothing of it keeps the process alive. */
  #wake(): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    const due = [this.books.xendit.nextDueMs(), this.books.flip.nextDueMs(), this.webhooks.nextDueMs()];
    const next = Math.min(...due.filter((dueMs) => dueMs !== null));
    if (!Number.isFinite(next)) return;
    this.#timer = setTimeout(() => this.settle(), Math.min(Math.max(1, next - this.nowMs()), TIMER_MS_MAX));
    this.#timer.unref();
  }
}
