import fc from "fast-check";
import { expect, test } from "vitest";
import type { LinesOutcome } from "./influx-write.ts";
import { writeSplitting } from "./split-write.ts";
import { levelPoint } from "./telemetry-points.ts";
import type { TelemetryPoint } from "./telemetry-store.ts";

const pointsOf = (count: number): TelemetryPoint[] =>
  Array.from({ length: count }, (_, at) => levelPoint({ bin: `bin-${at}` }));

/** A body of the numbers in the bins' names, one a line. */
const encode = (points: readonly TelemetryPoint[]): string =>
  points.map(({ reading }) => ("bin" in reading ? reading.bin.slice("bin-".length) : "")).join("\n");

/** An engine that keeps nothing of a body with a bad line, as InfluxDB 2 does. */
function strictEngine(bad: Set<string>) {
  const kept = new Set<string>();
  let requests = 0;
  const write = async (body: string): Promise<LinesOutcome> => {
    requests++;
    const lines = body.split("\n");
    const found = lines.find((line) => bad.has(line));
    if (found !== undefined) return { kind: "refused", reason: `bad ${found}` };
    for (const line of lines) kept.add(line);
    return { kind: "stored" };
  };
  return { kept, write, requests: () => requests };
}

test("whichever lines are bad, exactly those are refused and all others kept", async () => {
  const scenario = fc
    .integer({ min: 1, max: 200 })
    .chain((count) => fc.record({ count: fc.constant(count), bad: fc.uniqueArray(fc.nat(count - 1)) }));
  await fc.assert(
    fc.asyncProperty(scenario, async ({ count, bad }) => {
      const points = pointsOf(count);
      const engine = strictEngine(new Set(bad.map(String)));
      const outcome = await writeSplitting(points, { encode, write: engine.write });
      const refused = [...bad]
        .sort((a, b) => a - b)
        .map((at) => ({ point: points[at], reason: `bad ${at}` }));
      expect(outcome).toEqual({ kind: "stored", refused });
      expect(engine.kept.size).toBe(count - bad.length);
    }),
  );
});

test("the number of requests is bounded: few for one bad line, 1.5 a line at worst", async () => {
  const one = strictEngine(new Set(["4321"]));
  await writeSplitting(pointsOf(5_000), { encode, write: one.write });
  expect(one.requests()).toBeLessThanOrEqual(41);
  const all = strictEngine(new Set(encode(pointsOf(5_000)).split("\n")));
  await writeSplitting(pointsOf(5_000), { encode, write: all.write });
  expect(all.requests()).toBeLessThanOrEqual(5_000 * 1.2);
  for (let count = 1; count < 300; count++) {
    const engine = strictEngine(new Set(encode(pointsOf(count)).split("\n")));
    await writeSplitting(pointsOf(count), { encode, write: engine.write });
    expect(engine.requests()).toBeLessThanOrEqual(count * 1.5 + 1);
  }
});

test("an engine that goes away while a batch is split leaves nothing known", async () => {
  let requests = 0;
  const write = async (): Promise<LinesOutcome> =>
    ++requests === 1 ? { kind: "refused", reason: "bad" } : { kind: "unavailable", reason: "gone" };
  const outcome = await writeSplitting(pointsOf(100), { encode, write });
  expect(outcome).toEqual({ kind: "unavailable", reason: "gone" });
  expect(requests).toBe(2);
});
