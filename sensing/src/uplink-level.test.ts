import { type BinEvent, type BinLevel, READING_SCHEMAS } from "@jumpa-madu/contracts/readings";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  judgeUplink,
  type UplinkObservation,
  type UplinkSettings,
  type UplinkState,
} from "./uplink-level.ts";

const NOON = 1_795_521_600_000;
const HOUR_MS = 3_600_000;

const settings: UplinkSettings = {
  bin: "bin-7",
  reach: { minMm: 250, maxMm: 4500 },
  calibration: { emptyMm: 1300, fullMm: 300 },
  place: { lat: 3.595, lon: 98.672 },
};

/** A bin that sends an uplink an hour; a number alone is a distance. The state goes through JSON, as through a database. */
class Bin {
  state: UplinkState | null = null;
  hours = 0;
  settings: UplinkSettings;

  constructor(more: Partial<UplinkSettings> = {}) {
    this.settings = { ...settings, ...more };
  }

  judge(observation: UplinkObservation): (BinLevel | BinEvent)[] {
    const { state, readings } = judgeUplink(this.settings, this.state, observation);
    this.state = JSON.parse(JSON.stringify(state));
    expect(this.state).toEqual(state);
    return readings;
  }

  send(...uplinks: (number | Partial<UplinkObservation>)[]): (BinLevel | BinEvent)[] {
    return uplinks.flatMap((uplink) => {
      this.hours += 1;
      const more = typeof uplink === "number" ? { distanceMm: uplink } : uplink;
      return this.judge({ t: NOON + this.hours * HOUR_MS, distanceMm: null, ...more });
    });
  }
}

const told = (readings: readonly (BinLevel | BinEvent)[]) =>
  readings.map((one) => (one.kind === "bin_event" ? one.event : one.quality));

describe("an uplink", () => {
  it("is a level, with all that the sensor says of itself", () => {
    expect(new Bin().send({ distanceMm: 800, tempC: 31.5, tiltDeg: 4, battery: 0.92 })).toEqual([
      {
        kind: "bin_level",
        bin: "bin-7",
        t: NOON + HOUR_MS,
        distance_mm: 800,
        fill: 0.5,
        quality: "accepted",
        temp_c: 31.5,
        tilt_deg: 4,
        battery: 0.92,
      },
    ]);
  });

  it("is unchecked without a calibration, and rejected beyond the bin", () => {
    expect(new Bin({ calibration: null }).send(800)).toMatchObject([{ fill: null, quality: "unchecked" }]);
    expect(new Bin().send(1431)).toMatchObject([{ fill: null, quality: "rejected" }]);
  });

  it("is the share of the volume that the container's shape makes of it", () => {
    const shape = { shape: "tapered", bottom_length: 0.5, bottom_width: 0.5 } as const;
    expect(new Bin({ shape }).send(800)).toMatchObject([{ fill: expect.closeTo(0.339, 3) }]);
  });

  it("is corrected for the air where the sensor does not", () => {
    const bin = new Bin({ lacksTemperature: true, airTempC: 35 });
    expect(bin.send(800, { distanceMm: 800, tempC: 20 })).toMatchObject([
      { distance_mm: 821 },
      { distance_mm: 800 },
    ]);
  });

  it("says no more than the contract has room for, however warm the air", () => {
    const bin = new Bin({ reach: { minMm: 0, maxMm: 20_000 }, lacksTemperature: true, airTempC: 60 });
    expect(bin.send(19_900)).toMatchObject([{ distance_mm: 20_000, quality: "rejected" }]);
  });

  it("without a time that can be gives nothing", () => {
    for (const t of [0, Number.NaN, 5e12]) expect(new Bin().judge({ t, distanceMm: 800 })).toEqual([]);
  });

  it("that is blind reads as full: at once after a high fill, else when the next agrees", () => {
    expect(new Bin().send(400, 200).filter((one) => one.kind === "bin_level")).toMatchObject([
      { fill: 0.9 },
      { fill: 1, quality: "accepted" },
    ]);
    expect(told(new Bin().send(800, 200, 200))).toEqual(["accepted", "suspicious", "accepted", "full"]);
    expect(told(new Bin().send(200, 200))).toEqual(["suspicious", "accepted", "full"]);
  });

  it("that jumps is suspicious until the next agrees", () => {
    expect(told(new Bin().send(1200, 600, 600))).toEqual(["accepted", "suspicious", "accepted"]);
    expect(told(new Bin().send(1200, 600, 1190))).toEqual(["accepted", "suspicious", "accepted"]);
  });
});

describe("a full bin", () => {
  it("is told at the second uplink, or at one that says 95 %", () => {
    expect(told(new Bin().send(650, 430, 420))).toEqual(["accepted", "accepted", "accepted", "full"]);
    expect(told(new Bin().send(540, 340))).toEqual(["accepted", "accepted", "full"]);
  });

  it("is over at the second uplink below the lower threshold", () => {
    const bin = new Bin();
    bin.send(340, 340);
    expect(told(bin.send(500, 560, 560))).toEqual(["accepted", "accepted", "accepted", "full_over"]);
  });
});

describe("an emptying", () => {
  it("is told when the next uplink confirms it, though waste has come meanwhile", () => {
    const bin = new Bin();
    bin.send(400, 400);
    const reported = bin.send(1290, 1100);
    expect(told(reported)).toEqual(["suspicious", "accepted", "emptied", "full_over"]);
    expect(reported[2]).toMatchObject({
      t: NOON + 4 * HOUR_MS,
      fill_before: 0.9,
      fill_after: expect.closeTo(0.01),
    });
  });

  it("is told at once when the fall is no jump", () => {
    const bin = new Bin();
    bin.send(870);
    expect(told(bin.send(1170))).toEqual(["accepted", "emptied"]);
  });

  it("is not told of a single uplink with the lid open", () => {
    const bin = new Bin();
    bin.send(500, 500);
    expect(told(bin.send(1290, 500, 500))).toEqual(["suspicious", "accepted", "accepted"]);
  });
});

it("is not emptied by a lid that stood open, after which it is as full as it last was", () => {
  const bin = new Bin();
  bin.send(400, 400, 690);
  expect(told(bin.send(1290, 800, 800))).toEqual(["suspicious", "accepted", "full_over", "accepted"]);
});

describe("a bin that lies", () => {
  it("is told when it leans in two uplinks, with its level frozen, and when it stands again", () => {
    const bin = new Bin();
    bin.send(800);
    expect(told(bin.send({ distanceMm: 1290, tilted: true }, { distanceMm: 1290, tilted: true }))).toEqual([
      "rejected",
      "rejected",
      "tipped",
    ]);
    expect(told(bin.send({ distanceMm: 810, tilted: false }))).toEqual(["accepted", "upright"]);
  });

  it("is not told of one uplink from the arm of a truck", () => {
    const bin = new Bin();
    bin.send(800);
    expect(told(bin.send({ distanceMm: 700, tiltDeg: 120 }, { distanceMm: 1290, tiltDeg: 2 }))).toEqual([
      "rejected",
      "suspicious",
    ]);
  });
});

it("burns at one uplink, by its temperature or the sensor's alarm, and no longer at one that is cool", () => {
  const bin = new Bin();
  const fires = (...uplinks: Partial<UplinkObservation>[]) =>
    told(bin.send(...uplinks)).filter((kind) => kind.startsWith("fire"));
  expect(fires({ tempC: 70 }, { tempC: 55 }, { tempC: 40 })).toEqual(["fire", "fire_over"]);
  expect(fires({ fireAlarm: true }, {}, { fireAlarm: false })).toEqual(["fire", "fire_over"]);
});

it("is moved at two positions that are far, not at one, and never by a receiver without a fix", () => {
  const away = { distanceMm: 800, position: { lat: 3.61, lon: 98.672 } };
  const bin = new Bin();
  expect(bin.send(away, away).at(-1)).toMatchObject({ event: "moved", distance_m: expect.closeTo(1668, 0) });
  const lost = { distanceMm: 800, position: { lat: 0, lon: 0 } };
  expect(told(new Bin().send(lost, lost, lost))).toEqual(["accepted", "accepted", "accepted"]);
  expect(told(new Bin({ place: null }).send(away, away))).toEqual(["accepted", "accepted"]);
});

it("is silent after three uplinks without an echo, and back with the first", () => {
  expect(told(new Bin().send(800, {}, {}, { distanceMm: 65_535 }, {}, 800))).toEqual([
    "accepted",
    "sensor_silent",
    "accepted",
    "sensor_back",
  ]);
});

it("is blocked after a day of the same distance, and clear when it moves", () => {
  const day = Array.from({ length: 30 }, () => 800);
  expect(told(new Bin().send(...day, 790)).filter((kind) => kind !== "accepted")).toEqual([
    "sensor_blocked",
    "sensor_clear",
  ]);
});

it("is blocked a day after something last befell it, not before", () => {
  const bin = new Bin();
  const blocked = bin
    .send(...Array.from({ length: 30 }, () => 430))
    .filter((one) => one.kind === "bin_event");
  expect(blocked).toMatchObject([
    { event: "full", t: NOON + 2 * HOUR_MS },
    { event: "sensor_blocked", t: NOON + 26 * HOUR_MS },
  ]);
});

describe("an uplink that comes late or again", () => {
  it("tells the level and no event, and changes nothing", () => {
    const bin = new Bin();
    bin.send(400, 400, 1290);
    const { state } = bin;
    expect(told(bin.judge({ t: NOON + 1.5 * HOUR_MS, distanceMm: 400 }))).toEqual(["accepted"]);
    expect(told(bin.judge({ t: NOON + 3 * HOUR_MS, distanceMm: 1290 }))).toEqual(["suspicious"]);
    expect(told(bin.judge({ t: NOON + 3 * HOUR_MS, distanceMm: 1290 }))).toEqual(["suspicious"]);
    expect(bin.state).toEqual(state);
    expect(told(bin.send(1290))).toEqual(["accepted", "emptied", "full_over"]);
  });

  it("is rejected when the bin leant", () => {
    const bin = new Bin();
    bin.send(800, 800);
    expect(told(bin.judge({ t: NOON, distanceMm: 800, tilted: true }))).toEqual(["rejected"]);
  });
});

describe("the history of a place", () => {
  it("makes no emptying of another container or sensor, and goes on with levels", () => {
    const bin = new Bin();
    bin.send(340, 340);
    bin.settings = {
      ...settings,
      calibration: { emptyMm: 2000, fullMm: 150 },
      reach: { minMm: 30, maxMm: 4500 },
    };
    expect(told(bin.send(1950, 1950))).toEqual(["accepted", "accepted", "full_over"]);
    expect(told(bin.send(1000, 1000, 1950, 1950))).toContain("emptied");
  });

  it("of another program is forgotten", () => {
    const bin = new Bin();
    bin.send(340, 340);
    // What an older or newer program left in the database.
    bin.state = { form: 99, t: NOON, history: {} } as UplinkState;
    expect(told(bin.send(1290))).toEqual(["accepted"]);
  });
});

describe("whatever comes", () => {
  const position = fc.record({
    lat: fc.double({ min: -95, max: 95 }),
    lon: fc.double({ min: -190, max: 190 }),
  });
  const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const uplink: fc.Arbitrary<UplinkObservation> = fc.record({
    t: fc.oneof(
      fc.integer({ min: NOON, max: NOON + 50 }),
      fc.integer({ min: NOON, max: NOON + 40 * HOUR_MS }),
      fc.double(),
    ),
    distanceMm: fc.oneof(
      fc.constant(null),
      fc.integer({ min: 0, max: 1500 }),
      fc.integer({ min: 0, max: 70_000 }),
      fc.double(),
    ),
    tempC: maybe(fc.oneof(fc.double({ min: -20, max: 90 }), fc.double())),
    tilted: maybe(fc.boolean()),
    tiltDeg: maybe(fc.oneof(fc.double({ min: 0, max: 180 }), fc.double())),
    battery: maybe(fc.double({ min: -0.1, max: 1.1 })),
    position: maybe(position),
    fireAlarm: maybe(fc.boolean()),
    movedAlarm: maybe(fc.boolean()),
  });
  const anySettings: fc.Arbitrary<UplinkSettings> = fc.record({
    bin: fc.constant("bin-7"),
    reach: fc.constant(settings.reach),
    calibration: fc.constantFrom(settings.calibration, null),
    place: fc.constantFrom(settings.place, null),
    shape: fc.constantFrom({ shape: "upright" as const }, { shape: "lying_drum" as const }, undefined),
    lacksTemperature: fc.boolean(),
  });

  it("never throws, reports only what fits the contract, and gives no two events one time", () => {
    const level = checkerOf(READING_SCHEMAS.bin_level);
    const event = checkerOf(READING_SCHEMAS.bin_event);
    fc.assert(
      fc.property(anySettings, fc.array(uplink, { maxLength: 30 }), (some, uplinks) => {
        let state: UplinkState | null = null;
        let lastT = 0;
        for (const one of uplinks) {
          const judged = judgeUplink(some, state, one);
          state = JSON.parse(JSON.stringify(judged.state));
          for (const reading of judged.readings) {
            const checked = reading.kind === "bin_level" ? level.check(reading) : event.check(reading);
            expect(checked).toMatchObject({ ok: true });
            if (reading.kind !== "bin_event") continue;
            expect(reading.t).toBeGreaterThan(lastT);
            lastT = reading.t;
          }
        }
        expect(JSON.stringify(state).length).toBeLessThan(2000);
      }),
    );
  });

  it("gives the same level and no event when it comes a second time", () => {
    fc.assert(
      fc.property(anySettings, fc.array(uplink, { minLength: 1, maxLength: 12 }), (some, uplinks) => {
        let state: UplinkState | null = null;
        for (const one of uplinks) {
          const first = judgeUplink(some, state, one);
          const again = judgeUplink(some, first.state, one);
          expect(again.state).toEqual(first.state);
          expect(again.readings).toEqual(first.readings.filter(({ kind }) => kind === "bin_level"));
          state = first.state;
        }
      }),
    );
  });
});
