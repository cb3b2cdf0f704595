/**
 * Gate before the telemetry store: open, shut for a while, or shut until a person has mended the store.
 *
 * All writers pass the same gate, so that a store that is down is asked by few and not by every batch that waits.
 */

import { pause } from "@jumpa-madu/contracts/wake";
import type { TelemetryStore, WriteOutcome } from "@jumpa-madu/store/telemetry-store";
import type { Logger } from "pino";
import { backoffMs } from "../backoff.ts";
import type { Metrics } from "../metrics.ts";

/** Longest wait that a store may ask for, in milliseconds; it is asked again then whatever it said. */
export const RETRY_AFTER_MS_MAX = 120_000;

export interface GateOptions {
  telemetry: Pick<TelemetryStore, "prepare" | "ping">;
  /** Time between two looks whether a halted store is mended, in milliseconds. */
  probeMs: number;
  metrics: Metrics;
  log: Logger;
  signal: AbortSignal;
}

export class TelemetryGate {
  readonly #options: GateOptions;
  /** Ends when the gate opens; null while it is open. */
  #opening: Promise<void> | null = null;
  /** Failures in a row. */
  #failures = 0;
  #isHalted = false;
  #isPrepared = false;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#opening === null;
  }

  get isHalted(): boolean {
    return this.#isHalted;
  }

  /** False until the store has been prepared. */
  get isPrepared(): boolean {
    return this.#isPrepared;
  }

  /** Shuts the gate until the store is prepared, which is tried until it succeeds. Deposits do not wait for it. */
  prepare(): void {
    this.#shut(this.#prepared());
  }

  /** Resolves when the gate is open, or when the signal aborts. */
  async passed(): Promise<void> {
    while (this.#opening !== null && !this.#options.signal.aborted) await this.#opening;
  }

  /** Learns from the outcome of a write. */
  note(outcome: WriteOutcome): void {
    const { metrics, log } = this.#options;
    if (outcome.kind === "stored") {
      if (this.#failures > 0) log.info("the telemetry store takes points again");
      this.#failures = 0;
      return;
    }
    metrics.unavailable.inc();
    // Writes that were under way together fail together; only the first of them shuts the gate.
    if (this.#opening !== null) return;
    this.#failures++;
    if (outcome.kind === "halted") {
      this.#shut(this.#mended(outcome.reason));
      return;
    }
    const waitMs = this.#waitMs(outcome.retryAfterMs);
    log.warn(
      { reason: outcome.reason, waitMs, failures: this.#failures },
      "the telemetry store is unavailable",
    );
    this.#shut(pause(waitMs, this.#options.signal));
  }

  async #prepared(): Promise<void> {
    const { telemetry, log, signal } = this.#options;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await telemetry.prepare();
        this.#isPrepared = true;
        return;
      } catch (error) {
        log.error({ err: error, attempt }, "the telemetry store could not be prepared; trying again");
        await pause(backoffMs(attempt), signal);
      }
    }
  }

  #waitMs(retryAfterMs = 0): number {
    return Math.max(backoffMs(this.#failures), Math.min(retryAfterMs, RETRY_AFTER_MS_MAX));
  }

  #shut(opening: Promise<void>): void {
    this.#opening = opening.then(() => {
      this.#opening = null;
    });
  }

  /** Looks now and then whether the store is mended. */
  async #mended(reason: string): Promise<void> {
    const { telemetry, probeMs, metrics, log, signal } = this.#options;
    this.#isHalted = true;
    metrics.halted.set(1);
    log.error({ reason }, "the telemetry store refuses everything until a person mends it; readings wait");
    while (!signal.aborted) {
      await pause(probeMs, signal);
      const trouble = await telemetry.ping().then(
        () => null,
        (error: unknown) => error,
      );
      if (trouble === null) break;
      log.debug({ err: trouble }, "the telemetry store is still halted");
    }
    this.#isHalted = false;
    metrics.halted.set(0);
  }
}
