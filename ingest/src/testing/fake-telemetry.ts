/** A telemetry store for tests of what leads to it: answers as it is told, and notes what was written. */
import type { TelemetryPoint, WriteOutcome } from "@jumpa-madu/store/telemetry-store";

/** What TelemetryWriter and TelemetryGate need of a store. */
export class FakeTelemetry {
  /** Batches in order of their writes. */
  readonly writes: TelemetryPoint[][] = [];
  pings = 0;
  /** Answers a write; stores by default. */
  answer: (points: TelemetryPoint[]) => Promise<WriteOutcome> | WriteOutcome = () => ({
    kind: "stored",
    refused: [],
  });
  /** What `ping` and `prepare` throw; null when they succeed. */
  trouble: Error | null = null;

  async write(points: TelemetryPoint[]): Promise<WriteOutcome> {
    this.writes.push(points);
    return this.answer(points);
  }

  async ping(): Promise<void> {
    this.pings++;
    if (this.trouble) throw this.trouble;
  }

  async prepare(): Promise<void> {
    if (this.trouble) throw this.trouble;
  }
}
