import { type BinEvent, type BinLevel, READING_SCHEMAS } from "@jumpa-madu/contracts/readings";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BinLevels,
  type BinSettings,
  binLevels,
  LEVEL_EVERY_MS_MAX,
  SILENT_AFTER_MS,
} from "./bin-level.ts";
import { calibrationOf, fillOf } from "./calibration.ts";
import { MEDIAN_WINDOW } from "./median.ts";

const NOON = 1_795_521_600_000;
const SAMPLE_MS = 100;
const calibration = { emptyMm: 1100, fullMm: 100 };
const reach = { minMm: 30, maxMm: 4500 };

/** A bin whose sensor speaks every 100 ms; `hold` lets it speak the same distance for a while. */
class Bench {
  readonly levels: BinLevels;
  nowMs = 0;

  constructor(settings: Partial<BinSettings> = {}) {
    this.levels = binLevels(
      { bin: "bin-1", reach, calibration, reportEveryMs: 1000, ...settings },
      this.at(),
    );
  }

  at() {
    return { monotonicMs: this.nowMs, epochMs: NOON + this.nowMs };
  }

  hold(distanceMm: number, forMs: number): (BinLevel | BinEvent)[] {
    const reported = [];
    for (const endMs = this.nowMs + forMs; this.nowMs < endMs; this.nowMs += SAMPLE_MS) {
      reported.push(...this.levels.take(distanceMm, this.at()), ...this.levels.tick(this.at()));
    }
    return reported;
  }

  wait(forMs: number): BinEvent[] {
    const events = [];
    for (const endMs = this.nowMs + forMs; this.nowMs < endMs; this.nowMs += SAMPLE_MS)
      events.push(...this.levels.tick(this.at()));
    return events;
  }
}

const kinds = (reported: (BinLevel | BinEvent)[]) =>
  reported.map((one) => (one.kind === "bin_event" ? one.event : one.quality));

describe("the level of a bin", () => {
  it("is first reported as soon as the median window is full", () => {
    const bench = new Bench({ reportEveryMs: 60_000 });
    expect(bench.hold(600, (MEDIAN_WINDOW - 1) * SAMPLE_MS)).toEqual([]);
    expect(bench.hold(600, SAMPLE_MS)).toEqual([
      { kind: "bin_level", bin: "bin-1", t: NOON + 600, distance_mm: 600, fill: 0.5, quality: "accepted" },
    ]);
  });

  it("is then reported at the configured pause and no oftener", () => {
    const bench = new Bench({ reportEveryMs: 60_000 });
    const times = bench.hold(600, 600_000).map((one) => one.t - NOON);
    expect(times).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((minute) => 600 + minute * 60_000));
  });

  it("stays unchecked without a calibration", () => {
    const [first] = new Bench({ calibration: null }).hold(600, 1000);
    expect(first).toMatchObject({ distance_mm: 600, fill: null, quality: "unchecked" });
  });

  it("is full at once when the waste is nearer than the full mark, and empty when it is a little beyond empty", () => {
    expect(new Bench().hold(40, 1000)[0]).toMatchObject({ fill: 1, quality: "accepted" });
    expect(new Bench().hold(1150, 1000)[0]).toMatchObject({ fill: 0, quality: "accepted" });
  });

  it("is rejected, without a fill, when the distance is more than 10 % beyond empty", () => {
    const bench = new Bench();
    expect(bench.hold(1211, 1000)[0]).toMatchObject({ distance_mm: 1211, fill: null, quality: "rejected" });
    expect(bench.levels.counts.beyond_bin).toBe(10);
  });

  it("reads the blind zone as full when the bin was more than 80 % full", () => {
    const bench = new Bench();
    bench.hold(200, 2000);
    expect(bench.hold(0, 5000).at(-1)).toMatchObject({ fill: 1, quality: "accepted" });
  });

  it("rejects the blind zone when the bin was not that full", () => {
    const bench = new Bench();
    bench.hold(600, 2000);
    expect(bench.hold(20, 5000).at(-1)).toMatchObject({ fill: null, quality: "rejected" });
  });

  it("is not moved by single wrong echoes", () => {
    const bench = new Bench();
    const reported = Array.from({ length: 50 }, (_, sample) =>
      bench.hold(sample % 5 === 0 ? 4000 : 600, SAMPLE_MS),
    ).flat();
    expect(new Set(kinds(reported))).toEqual(new Set(["accepted"]));
    expect(reported).toMatchObject(reported.map(() => ({ fill: 0.5 })));
  });

  it("is suspicious while the distances scatter", () => {
    const bench = new Bench();
    const reported = Array.from({ length: 40 }, (_, sample) =>
      bench.hold(400 + (sample % 4) * 120, SAMPLE_MS),
    ).flat();
    expect(new Set(kinds(reported))).toEqual(new Set(["suspicious"]));
  });

  it("is suspicious after a sudden jump until the next window agrees", () => {
    const bench = new Bench();
    bench.hold(1000, 3000);
    expect(kinds(bench.hold(400, 3000))).toEqual(["suspicious", "accepted", "accepted"]);
  });

  it("stays suspicious while one jump follows another", () => {
    const bench = new Bench();
    bench.hold(200, 2000);
    expect(kinds([...bench.hold(1000, 1000), ...bench.hold(750, 1000)])).toEqual([
      "suspicious",
      "suspicious",
    ]);
  });

  it("takes nothing from echoes that the sensor itself could not measure", () => {
    const bench = new Bench();
    bench.hold(600, 1000);
    expect(bench.hold(32_768, 1000)).toEqual([]);
    expect(bench.levels.counts.beyond_sensor).toBe(10);
  });

  it("is not made while the node's clock was never set", () => {
    const bench = new Bench();
    for (let sample = 0; sample < 10; sample += 1) {
      expect(bench.levels.take(600, { monotonicMs: sample * 100, epochMs: sample * 100 })).toEqual([]);
    }
    expect(bench.levels.timeless).toBe(1);
  });
});

describe("an emptying", () => {
  it("is told once, when the second low window in a row has come", () => {
    const bench = new Bench();
    bench.hold(200, 3000);
    const reported = bench.hold(1090, 10_000);
    const events = reported.filter((one) => one.kind === "bin_event");
    expect(events).toMatchObject([{ event: "emptied", fill_before: 0.9, fill_after: expect.closeTo(0.01) }]);
    expect(kinds(reported).indexOf("emptied")).toBe(2);
  });

  it("is seen within two judged levels though reports are an hour apart", () => {
    const bench = new Bench({ reportEveryMs: 3_600_000 });
    bench.hold(200, 3 * LEVEL_EVERY_MS_MAX);
    expect(kinds(bench.hold(1090, 3 * LEVEL_EVERY_MS_MAX))).toEqual(["emptied"]);
  });

  it("adds up a bin that is emptied bit by bit", () => {
    const bench = new Bench();
    for (const distanceMm of [200, 450, 700, 900]) bench.hold(distanceMm, 3000);
    expect(kinds(bench.hold(1090, 3000))).toEqual(["accepted", "accepted", "emptied", "accepted"]);
  });

  it("is not told for a fall of less than 30 points, nor for one that ends above 15 %", () => {
    const little = new Bench();
    little.hold(800, 3000);
    expect(kinds(little.hold(1090, 10_000))).not.toContain("emptied");
    const part = new Bench();
    part.hold(200, 3000);
    expect(kinds(part.hold(940, 10_000))).not.toContain("emptied");
  });

  it("is not told when a lid stands open for less than two windows", () => {
    const bench = new Bench();
    bench.hold(200, 3000);
    const reported = [...bench.hold(1090, 1000), ...bench.hold(200, 10_000)];
    expect(kinds(reported)).not.toContain("emptied");
  });

  it("is told again after the bin has filled again", () => {
    const bench = new Bench();
    const once = () => [...bench.hold(200, 5000), ...bench.hold(1090, 5000)];
    expect(kinds([...once(), ...once()]).filter((kind) => kind === "emptied")).toHaveLength(2);
  });
});

describe("a silent sensor", () => {
  it("is told once, and told when it is back with a full window", () => {
    const bench = new Bench();
    bench.hold(600, 2000);
    const events = bench.wait(3 * SILENT_AFTER_MS);
    expect(events).toMatchObject([{ kind: "bin_event", event: "sensor_silent" }]);
    expect(kinds(bench.hold(610, (MEDIAN_WINDOW - 1) * SAMPLE_MS))).toEqual([]);
    expect(kinds(bench.hold(610, SAMPLE_MS))).toEqual(["sensor_back", "accepted"]);
  });

  it("is told though nothing was ever heard", () => {
    expect(kinds(new Bench().wait(SILENT_AFTER_MS + 1000))).toEqual(["sensor_silent"]);
  });

  it("is told of a sensor that finds no echo any more", () => {
    const bench = new Bench({ silentAfterMs: 2000 });
    bench.hold(600, 2000);
    expect(kinds(bench.hold(65_535, 5000))).toEqual(["sensor_silent"]);
  });
});

describe("calibration", () => {
  it("is none when empty is not clearly farther than full", () => {
    expect(calibrationOf({ empty_mm: 100, full_mm: 1000 })).toBeNull();
    expect(calibrationOf({ empty_mm: 149, full_mm: 100 })).toBeNull();
    expect(calibrationOf({ empty_mm: 150, full_mm: 100 })).toEqual({ emptyMm: 150, fullMm: 100 });
  });

  it("holds the fill within 0 and 1", () => {
    expect([0, 100, 600, 1100, 9000].map((distanceMm) => fillOf(calibration, distanceMm))).toEqual([
      1, 1, 0.5, 0, 0,
    ]);
  });
});

it("reports only what fits the contract, with times that rise, whatever the sensor says and whenever", () => {
  const level = checkerOf(READING_SCHEMAS.bin_level);
  const event = checkerOf(READING_SCHEMAS.bin_event);
  const sample = fc.record({
    distanceMm: fc.oneof(fc.integer({ min: 0, max: 65_535 }), fc.integer({ min: 0, max: 1300 })),
    pauseMs: fc.integer({ min: 0, max: 5000 }),
    times: fc.integer({ min: 1, max: 20 }),
  });
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 40 }), fc.boolean(), (samples, calibrated) => {
      const bench = new Bench({ reportEveryMs: 100, ...(calibrated ? {} : { calibration: null }) });
      const last = { bin_level: 0, bin_event: 0 };
      for (const { distanceMm, pauseMs, times } of samples) {
        bench.nowMs += pauseMs;
        for (const one of [...bench.levels.tick(bench.at()), ...bench.hold(distanceMm, times * SAMPLE_MS)]) {
          expect(one.kind === "bin_level" ? level.check(one) : event.check(one)).toMatchObject({ ok: true });
          expect(one.t).toBeGreaterThan(last[one.kind]);
          last[one.kind] = one.t;
        }
      }
    }),
  );
});
