/** Writes batches of points, a few at a time, each until it is stored. */
import type { TelemetryPoint, TelemetryStore, WriteOutcome } from "@jumpa-madu/store/telemetry-store";
import type { Logger } from "pino";
import type { Metrics } from "../metrics.ts";
import type { TelemetryGate } from "./telemetry-gate.ts";

/** Writes that may be under way at once; the next batch waits for a place. */
export const WRITES_MAX = 4;

/** A point that the store will never take. */
export interface RefusedPoint {
  point: TelemetryPoint;
  reason: string;
}

export interface WriterOptions {
  telemetry: Pick<TelemetryStore, "write">;
  gate: TelemetryGate;
  metrics: Metrics;
  log: Logger;
  signal: AbortSignal;
}

export class TelemetryWriter {
  readonly #options: WriterOptions;
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** Writes under way. */
  get writes(): number {
    return this.#underWay.size;
  }

  /** Begins to write a batch and resolves when a place for the next is free. `stored` is called once, unless the signal aborts. */
  async submit(points: TelemetryPoint[], stored: (refused: RefusedPoint[]) => void): Promise<void> {
    const write: Promise<void> = this.#untilStored(points).then((refused) => {
      this.#underWay.delete(write);
      if (refused !== null) stored(refused);
    });
    this.#underWay.add(write);
    const aborted = this.#aborted();
    while (this.#underWay.size >= WRITES_MAX && !this.#options.signal.aborted) {
      await Promise.race([...this.#underWay, aborted.promise]);
    }
    aborted.forget();
  }

  /** Answers the refused points, or null when the signal aborted before the points were stored. */
  async #untilStored(points: TelemetryPoint[]): Promise<RefusedPoint[] | null> {
    const { gate, metrics, signal } = this.#options;
    metrics.batchPoints.observe(points.length);
    for (;;) {
      await gate.passed();
      if (signal.aborted) return null;
      const end = metrics.writeS.startTimer();
      const outcome = await this.#write(points);
      end();
      if (signal.aborted) return null;
      gate.note(outcome);
      if (outcome.kind !== "stored") continue;
      metrics.stored.inc(points.length - outcome.refused.length);
      return outcome.refused;
    }
  }

  async #write(points: TelemetryPoint[]): Promise<WriteOutcome> {
    if (points.length === 0) return { kind: "stored", refused: [] };
    try {
      return await this.#options.telemetry.write(points);
    } catch (error) {
      // A defect, of ours or of the engine's; the points are kept and tried again, and the log shouts.
      this.#options.log.error({ err: error, points: points.length }, "a write of points threw");
      return { kind: "unavailable", reason: "the write threw" };
    }
  }

  #aborted(): { promise: Promise<void>; forget: () => void } {
    const { signal } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    const listener = () => resolve();
    signal.addEventListener("abort", listener, { once: true });
    return { promise, forget: () => signal.removeEventListener("abort", listener) };
  }
}
