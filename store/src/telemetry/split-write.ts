/** Finds the points of a batch that an engine refuses, by writing ever smaller parts of it. */
import type { LinesOutcome } from "./influx-write.ts";
import type { TelemetryPoint, WriteOutcome } from "./telemetry-store.ts";

/**
 * Parts that a refused batch is split into. One bad point among 5,000 costs some 35 requests with eight parts and 25
 * with two; but 5,000 bad ones (a backlog beyond retention) cost 5,600 and not 10,000.
 */
const PARTS = 8;

/** How points become a body of lines, and where it goes. */
export interface LineSink {
  encode: (points: readonly TelemetryPoint[]) => string;
  write: (body: string) => Promise<LinesOutcome>;
}

/**
 * Writes the points; where the engine refuses a body, writes its parts, down to the single refused point.
 *
 * InfluxDB 1 has already written the good lines of a refused body; writing them again replaces them by themselves. At
 * most 1.5 requests a point and one more, each after the other, so that bad input cannot crowd out other writers.
 */
export async function writeSplitting(
  points: TelemetryPoint[],
  { encode, write }: LineSink,
): Promise<WriteOutcome> {
  const refused: { point: TelemetryPoint; reason: string }[] = [];
  const waiting: TelemetryPoint[][] = points.length === 0 ? [] : [points];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    const outcome = await write(encode(part));
    if (outcome.kind === "unavailable" || outcome.kind === "halted") return outcome;
    if (outcome.kind === "stored") continue;
    const [first] = part;
    if (part.length === 1 && first) refused.push({ point: first, reason: outcome.reason });
    else waiting.push(...split(part).reverse());
  }
  return { kind: "stored", refused };
}

function split(points: TelemetryPoint[]): TelemetryPoint[][] {
  // A few points are tried one by one at once: parts of two would cost nearly as many requests as points again.
  const size = points.length <= 2 * PARTS ? 1 : Math.ceil(points.length / PARTS);
  const parts: TelemetryPoint[][] = [];
  for (let from = 0; from < points.length; from += size) parts.push(points.slice(from, from + size));
  return parts;
}
