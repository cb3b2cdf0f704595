import { type BinEvent, type BinLevel, READING_SCHEMAS } from "@jumpa-madu/contracts/readings";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BinLevels,
  type BinSettings,
  binLevels,
  LEVEL_EVERY_MS_MAX,
  type Observation,
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
      reported.push(...this.levels.take({ distanceMm }, this.at()), ...this.levels.tick(this.at()));
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
      expect(
        bench.levels.take({ distanceMm: 600 }, { monotonicMs: sample * 100, epochMs: sample * 100 }),
      ).toEqual([]);
    }
    expect(bench.levels.timeless).toBe(1);
  });
});

describe("an emptying", () => {
  it("is told once, when the second low window in a row has come", () => {
    const bench = new Bench();
    bench.hold(200, 3000);
    const reported = bench.hold(1090, 10_000);
    const emptyings = reported.filter((one) => one.kind === "bin_event" && one.event === "emptied");
    expect(emptyings).toMatchObject([
      { event: "emptied", fill_before: 0.9, fill_after: expect.closeTo(0.01) },
    ]);
    expect(kinds(reported).indexOf("emptied")).toBe(2);
  });

  it("is seen within two judged levels though reports are an hour apart", () => {
    const bench = new Bench({ reportEveryMs: 3_600_000, fullAt: 1 });
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

/** Says the same for a while, every 100 ms; gives the events and the last level. */
function observe(
  bench: Bench,
  observation: Omit<Observation, "distanceMm"> & { distanceMm: number | null },
  forMs: number,
) {
  const reported: (BinLevel | BinEvent)[] = [];
  for (const endMs = bench.nowMs + forMs; bench.nowMs < endMs; bench.nowMs += SAMPLE_MS)
    reported.push(...bench.levels.take(observation, bench.at()));
  return {
    events: reported.flatMap((one) => (one.kind === "bin_event" ? [one.event] : [])),
    level: reported.findLast((one) => one.kind === "bin_level"),
  };
}

describe("a full bin", () => {
  it("is told at the third window in a row, whatever a hand does before", () => {
    const bench = new Bench();
    bench.hold(600, 3000);
    expect(kinds([...bench.hold(110, 2000), ...bench.hold(600, 3000)])).not.toContain("full");
    const reported = bench.hold(110, 3000);
    expect(reported.at(-1)).toMatchObject({ event: "full", fill_after: 0.99 });
  });

  it("is full until it is clearly less so", () => {
    const bench = new Bench({ fullAt: 0.8, fullUntil: 0.6 });
    expect(kinds(bench.hold(250, 10_000)).filter((kind) => kind === "full")).toHaveLength(1);
    expect(kinds(bench.hold(450, 10_000))).not.toContain("full_over");
    expect(kinds(bench.hold(510, 10_000)).filter((kind) => kind === "full_over")).toHaveLength(1);
  });

  it("is no longer full as soon as it is emptied", () => {
    const bench = new Bench();
    bench.hold(200, 5000);
    const events = kinds(bench.hold(1090, 2000)).filter(
      (kind) => kind !== "accepted" && kind !== "suspicious",
    );
    expect(events).toEqual(["emptied", "full_over"]);
  });
});

describe("the air", () => {
  it("corrects a sensor that takes 20 °C for granted, by what is measured or else usual", () => {
    const lacking = { lacksTemperature: true, airTempC: 35 };
    expect(observe(new Bench(lacking), { distanceMm: 600 }, 1000).level).toMatchObject({ distance_mm: 616 });
    expect(observe(new Bench(lacking), { distanceMm: 600, tempC: 20 }, 1000).level).toMatchObject({
      distance_mm: 600,
      temp_c: 20,
    });
    expect(observe(new Bench({ airTempC: 35 }), { distanceMm: 600 }, 1000).level).toMatchObject({
      distance_mm: 600,
    });
  });

  it("is what it usually is when the thermometer has said nothing for ten minutes", () => {
    const bench = new Bench({ lacksTemperature: true, silentAfterMs: 3_600_000 });
    observe(bench, { distanceMm: 600, tempC: 35 }, 1000);
    expect(bench.hold(600, 300_000).at(-1)).toMatchObject({ distance_mm: 616, temp_c: 35 });
    const [last] = bench.hold(600, 310_000).slice(-1);
    expect(last).toMatchObject({ distance_mm: 600 });
    expect(last).not.toHaveProperty("temp_c");
  });

  it("makes no blind distance of a seen one, nor the reverse", () => {
    const bench = new Bench({ lacksTemperature: true, airTempC: 35, reach: { minMm: 200, maxMm: 6000 } });
    bench.hold(250, 2000);
    expect(bench.hold(198, 2000).at(-1)).toMatchObject({ fill: 1 });
    expect(bench.levels.counts).toMatchObject({ within: 20, blind: 20 });
  });

  it("is not what a broken thermometer says", () => {
    const { level, events } = observe(new Bench(), { distanceMm: 600, tempC: 900 }, 1000);
    expect(level).not.toHaveProperty("temp_c");
    expect(events).toEqual([]);
  });

  it("burns at once, though the sensor finds no echo in the smoke", () => {
    const bench = new Bench();
    bench.hold(600, 1000);
    expect(observe(bench, { distanceMm: null, tempC: 75 }, 1000).events).toEqual(["fire"]);
    expect(observe(bench, { distanceMm: 900, tempC: 30 }, 62_000).events).toContain("fire_over");
  });
});

describe("a bin that leans", () => {
  it("keeps its level frozen, and is told to be tipped after a minute and upright again", () => {
    const bench = new Bench();
    observe(bench, { distanceMm: 600, tiltDeg: 3 }, 3000);
    const lying = observe(bench, { distanceMm: 1090, tiltDeg: 90 }, 120_000);
    expect(lying.events).toEqual(["tipped"]);
    expect(lying.level).toMatchObject({ distance_mm: 1090, fill: null, quality: "rejected", tilt_deg: 90 });
    const standing = observe(bench, { distanceMm: 600, tiltDeg: 3 }, 3000);
    expect(standing.events).toEqual(["upright"]);
    expect(standing.level).toMatchObject({ fill: 0.5, quality: "accepted" });
  });

  it("mixes nothing that was measured while it leant with what it holds when it stands", () => {
    const bench = new Bench({ reportEveryMs: SAMPLE_MS });
    observe(bench, { distanceMm: 600, tiltDeg: 3 }, 2000);
    observe(bench, { distanceMm: 1090, tiltDeg: 60 }, 2000);
    const reported = Array.from({ length: 20 }, () => {
      const one = bench.levels.take({ distanceMm: 600, tiltDeg: 3 }, bench.at());
      bench.nowMs += SAMPLE_MS;
      return one;
    }).flat();
    expect(reported).toHaveLength(20 - MEDIAN_WINDOW + 1);
    expect(reported).toMatchObject(reported.map(() => ({ distance_mm: 600, quality: "accepted" })));
  });

  it("is emptied by a lift that pours it out, though little was in it", () => {
    const bench = new Bench();
    observe(bench, { distanceMm: 900, tiltDeg: 3 }, 5000);
    expect(observe(bench, { distanceMm: 400, tiltDeg: 130 }, 5000).events).toEqual([]);
    expect(observe(bench, { distanceMm: 1090, tiltDeg: 3 }, 5000).events).toEqual(["emptied"]);
    expect(observe(bench, { distanceMm: 1090, tiltDeg: 3 }, 60_000).events).toEqual([]);
  });

  it("is not emptied by a lift after which it is as full as before", () => {
    const bench = new Bench();
    observe(bench, { distanceMm: 500, tiltDeg: 3 }, 5000);
    observe(bench, { distanceMm: 500, tiltDeg: 130 }, 5000);
    expect(observe(bench, { distanceMm: 500, tiltDeg: 3 }, 5000).events).toEqual([]);
    // From 40 % to 14 %: too little for an emptying, unless the lift were still remembered.
    const slow = new Bench();
    observe(slow, { distanceMm: 700, tiltDeg: 3 }, 5000);
    observe(slow, { distanceMm: 700, tiltDeg: 130 }, 5000);
    observe(slow, { distanceMm: 700, tiltDeg: 3 }, 5000);
    expect(observe(slow, { distanceMm: 960, tiltDeg: 3 }, 60_000).events).toEqual([]);
  });
});

describe("a blocked sensor", () => {
  it("is told after a day of the same, and cleared when it moves", () => {
    const bench = new Bench({ reportEveryMs: 3_600_000, silentAfterMs: 3_600_000 });
    const hours = (count: number, distanceMm: number) => {
      const events: string[] = [];
      for (const endMs = bench.nowMs + count * 3_600_000; bench.nowMs < endMs; bench.nowMs += 600_000)
        events.push(...kinds(bench.levels.take({ distanceMm }, bench.at())));
      return events.filter((kind) => kind.startsWith("sensor"));
    };
    expect(hours(30, 600)).toEqual(["sensor_blocked"]);
    expect(hours(2, 580)).toEqual(["sensor_clear"]);
  });
});

describe("the history of a place", () => {
  /** Goes on at the same place, as after a change of its settings. */
  function swapped(before: Bench, settings: Partial<BinSettings>, past = before.levels.history): Bench {
    const after = new Bench(settings);
    after.nowMs = before.nowMs;
    return Object.assign(after, {
      levels: binLevels(
        { bin: "bin-1", reach, calibration, reportEveryMs: 1000, ...settings },
        after.at(),
        past,
      ),
    });
  }

  it("tells no emptying and goes on with levels when a larger container takes the place of a full one", () => {
    const before = new Bench();
    before.hold(200, 5000);
    const after = swapped(before, { calibration: { emptyMm: 2000, fullMm: 150 } });
    const reported = after.hold(1950, 10_000);
    expect(kinds(reported).slice(0, 3)).toEqual(["accepted", "accepted", "accepted"]);
    expect(kinds(reported)).not.toContain("emptied");
    expect(kinds(reported).filter((kind) => kind === "full_over")).toHaveLength(1);
  });

  it("sees the next emptying by the new container alone", () => {
    const before = new Bench();
    before.hold(200, 5000);
    const after = swapped(before, { calibration: { emptyMm: 2000, fullMm: 150 } });
    after.hold(1000, 5000);
    const emptied = after
      .hold(1950, 5000)
      .filter((one) => one.kind === "bin_event" && one.event === "emptied");
    expect(emptied).toMatchObject([{ fill_before: expect.closeTo(0.54) }]);
  });

  it("does not tell again what still holds, and sees an emptying across a restart of the same settings", () => {
    const before = new Bench();
    before.hold(200, 5000);
    const after = swapped(before, { reportEveryMs: 2000 });
    expect(kinds(after.hold(200, 10_000))).not.toContain("full");
    expect(kinds(after.hold(1090, 10_000))).toContain("emptied");
  });

  it("tells that a silent sensor is back when another has taken its place", () => {
    const before = new Bench();
    before.wait(2 * SILENT_AFTER_MS);
    expect(kinds(swapped(before, { reach: { minMm: 200, maxMm: 6000 } }).hold(600, 1000))).toContain(
      "sensor_back",
    );
  });

  it("is plain JSON", () => {
    const bench = new Bench();
    observe(bench, { distanceMm: 600, tempC: 30, tiltDeg: 3 }, 5000);
    expect(JSON.parse(JSON.stringify(bench.levels.history))).toEqual(bench.levels.history);
  });
});

it("tells what befell it before the clock was set as soon as it is", () => {
  const bench = new Bench();
  const take = (epochMs: number) =>
    bench.levels.take({ distanceMm: 600, tempC: 80 }, { monotonicMs: epochMs % 1000, epochMs });
  expect(take(5)).toEqual([]);
  expect(kinds(take(NOON))).toEqual(["fire"]);
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
    tempC: fc.option(fc.double({ min: -100, max: 300 }), { nil: undefined }),
    tiltDeg: fc.option(fc.double({ min: -10, max: 200 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 40 }), fc.boolean(), (samples, calibrated) => {
      const bench = new Bench({
        reportEveryMs: 100,
        lacksTemperature: true,
        ...(calibrated ? {} : { calibration: null }),
      });
      const last = { bin_level: 0, bin_event: 0 };
      for (const { distanceMm, pauseMs, times, tempC, tiltDeg } of samples) {
        bench.nowMs += pauseMs;
        for (const one of [
          ...bench.levels.tick(bench.at()),
          ...bench.levels.take({ distanceMm, tempC, tiltDeg }, bench.at()),
          ...bench.hold(distanceMm, times * SAMPLE_MS),
        ]) {
          expect(one.kind === "bin_level" ? level.check(one) : event.check(one)).toMatchObject({ ok: true });
          expect(one.t).toBeGreaterThan(last[one.kind]);
          last[one.kind] = one.t;
        }
      }
    }),
  );
});
