/**
 * A simulator of the payment providers Xendit (Payouts v2) and Flip (money transfer v3): one real HTTP server on the loopback
 * address, with a book of its own and faults that one can switch on.
 *
 * It is written from the providers' documents and from what was observed of them, never from our adapters, so that one misreading cannot
 * pass on both sides.
 */

import { buildApp } from "./app.ts";
import type { BookView } from "./book/book.ts";
import { BOOK_PAYOUTS_MAX } from "./book/book.ts";
import type { Status } from "./book/payout.ts";
import { armFault, armWebhookFault, CONTROL_PATH, setWebhook } from "./control.ts";
import type { FailureCode } from "./destinations.ts";
import { type Durations, durationsAt } from "./durations.ts";
import type { HttpFaultOrder } from "./faults/http-fault.ts";
import type { LoggedRequest } from "./http/request-log.ts";
import type { PerProvider, ProviderName } from "./provider-name.ts";
import { drawSecrets, type Secrets } from "./secrets.ts";
import { SimError } from "./sim-error.ts";
import { type SimLimits, Simulation } from "./simulation.ts";
import type { WebhookFaultOrder } from "./webhooks/webhook-fault.ts";
import { type Delivery, WEBHOOK_ANSWER_MS_MAX, type WebhookCounts } from "./webhooks/webhook-queue.ts";

/** The simulator listens nowhere else: it has no password of its own. */
const HOST = "127.0.0.1";

/** What each float holds at first, whole rupiah. */
export const FLOAT_IDR = 1_000_000_000;

/** How much faster than the providers the simulator lives unless it is told: a payout takes 0.8 s. */
export const SPEED = 100;

/** Limits unless others are given. Xendit's live limit is 600 requests a minute and endpoint. */
export const SIM_LIMITS: SimLimits = {
  requestsPerMinuteMax: 600,
  payoutsMax: BOOK_PAYOUTS_MAX,
  webhookAnswerMsMax: WEBHOOK_ANSWER_MS_MAX,
};

/** How a simulator is to be. */
export interface ProviderSimOptions {
  /** 0, the default: one that is free. */
  port?: number;
  /** Fixes ids, keys and probabilities. */
  seed: number;
  /** The clock, default Date.now. One that stands still makes all of it a matter of `advance`. */
  nowMs?: () => number;
  /** What the providers' durations are divided by, default SPEED; 1 is real time. */
  speed?: number;
  /** Durations of its own in place of those. */
  durations?: Partial<Durations>;
  floatIdr?: number;
  /** What a provider takes for a payout that succeeded, whole rupiah; default 0 for both. */
  feeIdr?: Partial<PerProvider<number>>;
  secrets?: Partial<Secrets>;
  webhookUrls?: Partial<PerProvider<string | null>>;
  limits?: Partial<SimLimits>;
  /** File that the books are kept in; without one they end with the simulator. */
  statePath?: string | null;
}

/** A running simulator. */
export interface ProviderSim {
  /** Base of both providers: `${url}/v2/payouts`, `${url}/api/v3/disbursement`. */
  readonly url: string;
  readonly controlUrl: string;
  readonly secrets: Secrets;
  nowMs(): number;
  /** Moves time on; resolves when all webhooks that became due had their answer. */
  advance(ms: number): Promise<void>;
  /** Switches a fault on and returns its number. Throws SimError ORDER_INVALID or FULL. */
  arm(order: HttpFaultOrder): number;
  armWebhook(order: WebhookFaultOrder): number;
  /** Switches all faults off. */
  disarm(): void;
  topUp(provider: ProviderName, amountIdr: number): void;
  setWebhook(provider: ProviderName, url: string | null): void;
  /** Names the holder of an account for inquiries. */
  nameHolder(accountNumber: string, name: string): void;
  /** Moves a payout off its way; false when it may not go there. Throws SimError UNKNOWN. */
  move(provider: ProviderName, to: { id: string; status: Status; failureCode?: FailureCode }): boolean;
  /** Both books as they are now. */
  book(): PerProvider<BookView>;
  requests(): LoggedRequest[];
  deliveries(): Delivery[];
  webhookCounts(): WebhookCounts;
  /** Ends it: no connection, timer or delivery is left. */
  stop(): Promise<void>;
}

/** Starts a simulator. Throws SimError for a state file that cannot be used, and what `listen` throws. */
export async function startProviderSim(options: ProviderSimOptions): Promise<ProviderSim> {
  const simulation = new Simulation({
    seed: options.seed,
    wallMs: options.nowMs ?? Date.now,
    durations: { ...durationsAt(options.speed ?? SPEED), ...options.durations },
    floatIdr: options.floatIdr ?? FLOAT_IDR,
    feeIdr: { xendit: 0, flip: 0, ...options.feeIdr },
    secrets: { ...drawSecrets(options.seed), ...options.secrets },
    webhookUrls: { xendit: null, flip: null, ...options.webhookUrls },
    limits: { ...SIM_LIMITS, ...options.limits },
    statePath: options.statePath ?? null,
  });
  const app = await buildApp(simulation);
  try {
    const url = await app.listen({ host: HOST, port: options.port ?? 0 });
    return faceOf(simulation, url, () => app.close());
  } catch (error) {
    await simulation.stop();
    throw error;
  }
}

function faceOf(simulation: Simulation, url: string, close: () => Promise<unknown>): ProviderSim {
  return {
    url,
    controlUrl: `${url}${CONTROL_PATH}`,
    secrets: simulation.secrets,
    nowMs: () => simulation.nowMs(),
    advance: (ms) => simulation.advance(ms),
    arm: (order) => armFault(simulation, order),
    armWebhook: (order) => armWebhookFault(simulation, order),
    disarm() {
      simulation.faults.disarm();
      simulation.webhookFaults.disarm();
    },
    topUp: (provider, amountIdr) => simulation.topUp(provider, amountIdr),
    setWebhook: (provider, target) => setWebhook(simulation, { provider, url: target }),
    nameHolder(accountNumber, name) {
      if (!simulation.holders.name(accountNumber, name))
        throw new SimError("FULL", "too many holders are named");
    },
    move: (provider, to) => simulation.move(provider, to),
    book() {
      simulation.settle();
      return { xendit: simulation.books.xendit.view(), flip: simulation.books.flip.view() };
    },
    requests: () => simulation.requests.list(),
    deliveries: () => simulation.webhooks.deliveries(),
    webhookCounts: () => simulation.webhooks.counts(),
    async stop() {
      await close();
      await simulation.stop();
    },
  };
}
