/** The line to one provider: its address, its key, its rate. Every request of an adapter goes through it. */
import type { Lookup, Outcome } from "@jumpa-madu/contracts/payout/outcome";
import { pause } from "@jumpa-madu/contracts/wake";
import type { Answered, RawAnswer } from "./payout-provider.ts";
import { type Fetched, type ProviderAnswer, providerFetch } from "./provider-fetch.ts";
import { RATE_RESET_MS_DEFAULT, RateBucket, resetMsOf } from "./rate-bucket.ts";

/** Longest that a request waits for its turn, in milliseconds; beyond, it is not sent and its job comes again later. */
export const TURN_WAIT_MS_MAX = 2_000;

/** When a request that provably was not sent is tried again, in milliseconds. */
export const NOT_SENT_RETRY_MS = 15_000;

export interface LineOptions {
  /** Without a slash at its end. */
  baseUrl: string;
  /** Sent by Basic authentication as a user without password. */
  secretKey: string;
  requestsPerMinute: number;
  signal: AbortSignal;
  /** PROVIDER_TIMEOUT_MS when absent. */
  timeoutMs?: number;
  /** NOT_SENT_RETRY_MS when absent. */
  notSentRetryMs?: number;
  /** The clock of the rate, in milliseconds; that of the process when absent. */
  monotonicMs?: () => number;
  /** Hears of every request when it is over. */
  onCall?: (call: { method: string; status: number | null; trouble: string | null; seconds: number }) => void;
}

export interface LineRequest {
  method: "GET" | "POST";
  /** Path and query. */
  path: string;
  headers?: Record<string, string>;
  body?: Uint8Array;
}

/** An answer, or what is to be said of the attempt without one. */
export type LineAnswer =
  | { answer: ProviderAnswer; raw: RawAnswer }
  | { answer: null; outcome: Outcome; raw: RawAnswer };

export class ProviderLine {
  readonly #options: LineOptions;
  readonly #monotonicMs: () => number;
  readonly #bucket: RateBucket;
  readonly #authorization: string;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now());
    this.#bucket = new RateBucket(options.requestsPerMinute, this.#monotonicMs());
    this.#authorization = `Basic ${Buffer.from(`${options.secretKey}:`).toString("base64")}`;
  }

  /** Waits for its turn and sends. Never throws for what the network does. */
  async send({ method, path, headers = {}, body }: LineRequest): Promise<LineAnswer> {
    const { baseUrl, signal, timeoutMs, onCall } = this.#options;
    const waitMs = await this.#turn();
    if (waitMs > 0) return heldBack(waitMs);
    const startedMs = performance.now();
    const fetched = await providerFetch(
      {
        method,
        url: `${baseUrl}${path}`,
        headers: { authorization: this.#authorization, accept: "application/json", ...headers },
        ...(body === undefined ? {} : { body }),
      },
      { signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
    );
    if (fetched.ok) this.#bucket.hear(fetched.answer, this.#monotonicMs());
    onCall?.({
      method,
      status: fetched.ok ? fetched.answer.status : null,
      trouble: fetched.ok ? null : fetched.trouble.kind,
      seconds: (performance.now() - startedMs) / 1_000,
    });
    return this.#lineAnswerOf(fetched);
  }

  /** 0 when the request may go; otherwise how much longer it would have to wait, in milliseconds. */
  async #turn(): Promise<number> {
    let waitMs = this.#bucket.take(this.#monotonicMs());
    if (waitMs === 0 || waitMs > TURN_WAIT_MS_MAX) return waitMs;
    await pause(waitMs, this.#options.signal);
    waitMs = this.#bucket.take(this.#monotonicMs());
    return waitMs;
  }

  #lineAnswerOf(fetched: Fetched): LineAnswer {
    if (fetched.ok) {
      const { answer } = fetched;
      return { answer, raw: { status: answer.status, bytes: answer.bytes, trouble: null } };
    }
    const { kind, sent } = fetched.trouble;
    const { notSentRetryMs = NOT_SENT_RETRY_MS } = this.#options;
    return {
      answer: null,
      outcome: sent === "no" ? { kind: "throttled", retryAfterMs: notSentRetryMs } : { kind: "unknown" },
      raw: { status: null, bytes: new Uint8Array(), trouble: kind },
    };
  }
}

function heldBack(waitMs: number): LineAnswer {
  return {
    answer: null,
    outcome: { kind: "throttled", retryAfterMs: waitMs },
    raw: { status: null, bytes: new Uint8Array(), trouble: "throttled" },
  };
}

/** What is kept of a question that was not put, because the provider has no answer to such. */
export const NOT_ASKED: RawAnswer = { status: null, bytes: new Uint8Array(), trouble: null };

/** What an answer says of a payout, by `parse`; status 429 says for every provider that nothing was taken. */
export function outcomeOf<T extends Lookup>(
  answered: LineAnswer,
  parse: (bytes: Uint8Array, status: number) => T,
): Answered<T | Outcome> {
  const { answer, raw } = answered;
  if (answer === null) return { outcome: answered.outcome, raw };
  if (answer.status === 429)
    return {
      outcome: { kind: "throttled", retryAfterMs: resetMsOf(answer.headers) ?? RATE_RESET_MS_DEFAULT },
      raw,
    };
  return { outcome: parse(answer.bytes, answer.status), raw };
}
