/** Delivers webhooks: one at a time, in order of when they are due, again when the receiver does not answer 2xx. */
import type { PerProvider } from "../provider-name.ts";
import type { Webhook } from "./webhook.ts";

/** Most webhooks that wait; one more is lost and counted. */
export const WEBHOOKS_WAITING_MAX = 10_000;

/** How many deliveries are remembered; then the oldest goes. */
export const DELIVERIES_REMEMBERED_MAX = 10_000;

/** Longest that a receiver may take to answer, in milliseconds; Xendit waits 30 s. */
export const WEBHOOK_ANSWER_MS_MAX = 30_000;

/** One delivery that was tried. `status` is null when there was no answer. */
export interface Delivery {
  provider: string;
  payoutId: string;
  event: string;
  /** 1 for the first. */
  attempt: number;
  status: number | null;
}

/** What became of all webhooks. */
export interface WebhookCounts {
  delivered: number;
  givenUp: number;
  /** Lost because too many waited. */
  lost: number;
  waiting: number;
}

interface Waiting {
  webhook: Webhook;
  dueMs: number;
  order: number;
  attempt: number;
  /** Waits for another to overtake it. */
  isHeldBack: boolean;
}

export interface WebhookQueueOptions {
  /** Where each provider's webhooks go; null: nowhere, they are dropped. */
  urls: PerProvider<string | null>;
  retriesMs: PerProvider<readonly number[]>;
  answerMsMax: number;
  nowMs: () => number;
}

/** The webhooks of one simulator. Its owner calls `deliverDue` when one may be due. */
export class WebhookQueue {
  readonly urls: PerProvider<string | null>;
  readonly #options: WebhookQueueOptions;
  readonly #waiting: Waiting[] = [];
  readonly #deliveries: Delivery[] = [];
  readonly #stop = new AbortController();
  #counts = { delivered: 0, givenUp: 0, lost: 0 };
  #orders = 0;
  #running: Promise<void> | null = null;

  constructor(options: WebhookQueueOptions) {
    this.#options = options;
    this.urls = { ...options.urls };
  }

  /** Puts a webhook in, due at `dueMs`. Held back, it goes right after the next that comes in, and at `dueMs` at the latest. */
  add(webhook: Webhook, dueMs: number, isHeldBack = false): void {
    if (this.#waiting.length >= WEBHOOKS_WAITING_MAX) {
      this.#counts.lost += 1;
      return;
    }
    this.#orders += 1;
    this.#waiting.push({ webhook, dueMs, order: this.#orders, attempt: 1, isHeldBack });
    if (isHeldBack) return;
    for (const held of this.#waiting.filter((waiting) => waiting.isHeldBack)) {
      this.#orders += 1;
      Object.assign(held, { isHeldBack: false, dueMs, order: this.#orders });
    }
  }

  /** When the next is due, or null when none waits or one is under way. */
  nextDueMs(): number | null {
    if (this.#running !== null || this.#waiting.length === 0) return null;
    return Math.min(...this.#waiting.map(({ dueMs }) => dueMs));
  }

  /** Delivers all that is due, and resolves when each had its answer. */
  async deliverDue(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    await this.#running;
  }

  counts(): WebhookCounts {
    return { ...this.#counts, waiting: this.#waiting.length };
  }

  deliveries(): Delivery[] {
    return structuredClone(this.#deliveries);
  }

  /** Ends the delivery under way; what waits is lost. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#waiting.length = 0;
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let next = this.#takeDue(); next !== null; next = this.#takeDue()) await this.#deliver(next);
  }

  #takeDue(): Waiting | null {
    let first: Waiting | undefined;
    for (const waiting of this.#waiting) if (first === undefined || isBefore(waiting, first)) first = waiting;
    if (first === undefined || first.dueMs > this.#options.nowMs()) return null;
    this.#waiting.splice(this.#waiting.indexOf(first), 1);
    return first;
  }

  async #deliver(waiting: Waiting): Promise<void> {
    const { webhook, attempt } = waiting;
    const url = this.urls[webhook.provider];
    if (url === null) return;
    const status = await this.#post(url, webhook);
    if (this.#stop.signal.aborted) return;
    const { provider, payoutId, event } = webhook;
    this.#deliveries.push({ provider, payoutId, event, attempt, status });
    if (this.#deliveries.length > DELIVERIES_REMEMBERED_MAX) this.#deliveries.shift();
    if (status !== null && status >= 200 && status < 300) {
      this.#counts.delivered += 1;
      return;
    }
    const waitMs = this.#options.retriesMs[provider][attempt - 1];
    if (waitMs === undefined) this.#counts.givenUp += 1;
    else this.#waiting.push({ ...waiting, attempt: attempt + 1, dueMs: this.#options.nowMs() + waitMs });
  }

  /** The status of the answer; null when none came. */
  async #post(url: string, { headers, body }: Webhook): Promise<number | null> {
    try {
      const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(this.#options.answerMsMax)]);
      const answer = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
      await answer.body?.cancel();
      return answer.status;
    } catch {
      return null;
    }
  }
}

function isBefore(one: Waiting, other: Waiting): boolean {
  return one.dueMs === other.dueMs ? one.order < other.order : one.dueMs < other.dueMs;
}
