import { READING_SCHEMAS, type ScaleWeight } from "@jumpa-madu/contracts/readings";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WeightFrame } from "../protocols/protocol.ts";
import {
  KEYED_STALE_AFTER_MS,
  REPORT_EVERY_MS,
  type ScaleTraits,
  STALE_AFTER_MS,
  stableWeight,
  UNCHANGED_MS_MIN,
} from "./stable-weight.ts";

const NOON = 1_795_521_600_000;
const raw = Buffer.from("ST,GS,+1.000kg");

/** A scale that sends a frame every `everyMs`. */
class Bench {
  readonly scale;
  nowMs = 0;

  constructor(traits: ScaleTraits = {}) {
    this.scale = stableWeight("scale-1", traits);
  }

  at() {
    return { monotonicMs: this.nowMs, epochMs: NOON + this.nowMs };
  }

  show(
    weight_g: number,
    stable: boolean | null,
    { frames = 1, everyMs = 100, mode = "gross" as "gross" | "net" } = {},
  ) {
    const reported: ScaleWeight[] = [];
    for (let frame = 0; frame < frames; frame += 1) {
      reported.push(...this.scale.take({ weight_g, stable, mode }, raw, this.at()));
      this.nowMs += everyMs;
    }
    return reported;
  }

  weighing() {
    const capture = this.scale.capture(this.at());
    return capture.ok ? capture.weight.weighing : capture.reason;
  }

  reason() {
    const capture = this.scale.capture(this.at());
    return capture.ok ? null : capture.reason;
  }
}

describe("a weight may be taken", () => {
  it("when the scale calls it stable and two frames agree", () => {
    const bench = new Bench();
    bench.show(1000, true);
    expect(bench.reason()).toBe("moving");
    bench.show(1000, true);
    expect(bench.scale.capture(bench.at())).toEqual({
      ok: true,
      weight: {
        weightG: 1000,
        grossG: 1000,
        mode: "gross",
        stable: true,
        atMs: NOON + 100,
        rawHex: raw.toString("hex"),
        weighing: 1,
      },
    });
  });

  it("not while two scales on one line take turns, however stable each calls its own", () => {
    const bench = new Bench();
    for (const weightG of [1000, 3500, 1000, 3500]) bench.show(weightG, true);
    for (let turn = 0; turn < 5; turn += 1) {
      bench.show(1000, true, { frames: 2 });
      expect(bench.reason()).toBe("moving");
      bench.show(3500, true);
      expect(bench.reason()).toBe("moving");
    }
    bench.show(1000, true, { frames: 1 + UNCHANGED_MS_MIN / 100 });
    expect(bench.reason()).toBeNull();
  });

  it("soon although it flickers by a division, and although another bag was there a moment ago", () => {
    const bench = new Bench();
    for (const weightG of [1000, 1005, 1000, 1005]) bench.show(weightG, true);
    bench.show(1005, true);
    expect(bench.reason()).toBeNull();
    bench.show(0, true, { frames: UNCHANGED_MS_MIN / 100 });
    bench.show(1005, true, { frames: 2 });
    expect(bench.reason()).toBeNull();
  });

  it("when it has not changed for half a second and the scale has no flag, however many frames that is", () => {
    for (const everyMs of [10, 100, 250]) {
      const bench = new Bench();
      bench.show(1000, null, { frames: UNCHANGED_MS_MIN / everyMs, everyMs });
      expect(bench.reason()).toBe("moving");
      bench.show(1000, null, { everyMs });
      expect(bench.reason()).toBeNull();
    }
  });

  it("not while it moves, nor when it changes by itself between stable frames", () => {
    const bench = new Bench();
    bench.show(1000, false, { frames: 20 });
    expect(bench.reason()).toBe("moving");
    bench.show(1000, true, { frames: 3 });
    bench.show(1010, true);
    expect(bench.reason()).toBe("moving");
  });

  it("not when its mode changes from gross to net at the same figure", () => {
    const bench = new Bench();
    bench.show(1000, true, { frames: 3 });
    bench.show(1000, true, { mode: "net" });
    expect(bench.reason()).toBe("moving");
  });

  it("not from one frame that noise has changed, and again only after two that agree", () => {
    const bench = new Bench();
    bench.show(1000, true, { frames: 3 });
    bench.show(9000, true);
    expect(bench.reason()).toBe("moving");
    bench.show(1000, true);
    expect(bench.reason()).toBe("moving");
    bench.show(1000, true);
    expect(bench.reason()).toBeNull();
  });

  it("not when it is negative", () => {
    const bench = new Bench();
    bench.show(-5, true, { frames: 3 });
    expect(bench.reason()).toBe("negative");
  });

  it("not when it is older than two seconds, nor by one more frame after that", () => {
    const bench = new Bench();
    bench.show(1000, true, { frames: 3, everyMs: 0 });
    bench.nowMs += STALE_AFTER_MS;
    expect(bench.reason()).toBeNull();
    bench.nowMs += 1;
    expect(bench.reason()).toBe("stale");
    bench.show(1000, true);
    expect(bench.reason()).toBe("moving");
  });

  it("not before the port has opened, nor after it has closed", () => {
    const bench = new Bench();
    expect(bench.reason()).toBe("disconnected");
    bench.show(1000, true, { frames: 3 });
    bench.scale.disconnect();
    expect(bench.reason()).toBe("disconnected");
    expect(bench.scale.stateAt(bench.at())).toEqual({ weight: null, refusal: "disconnected" });
  });

  it("not after the scale has gone over or under its limit, until a weight is stable again", () => {
    const bench = new Bench();
    for (const error of ["overload", "underload"] as const) {
      bench.show(1000, true, { frames: 3 });
      bench.scale.takeFault({ error }, bench.at());
      expect(bench.reason()).toBe(error);
      bench.show(1000, true);
      expect(bench.reason()).toBe("moving");
    }
  });

  it("not when the gross weight is above the scale's capacity, though the scale calls it stable", () => {
    const scale = stableWeight("scale-1", { maxG: 30_000 });
    const reasonOf = (frame: WeightFrame) => {
      for (const monotonicMs of [0, 100])
        scale.take(frame, raw, { monotonicMs, epochMs: NOON + monotonicMs });
      return scale.stateAt({ monotonicMs: 100, epochMs: NOON + 100 }).refusal;
    };
    expect(reasonOf({ weight_g: 30_000, stable: true, mode: "gross" })).toBeNull();
    expect(reasonOf({ weight_g: 30_000.1, stable: true, mode: "gross" })).toBe("overload");
    expect(reasonOf({ weight_g: 29_000, tare_g: 1_000, stable: true, mode: "net" })).toBeNull();
    expect(reasonOf({ weight_g: 29_000, tare_g: 1_001, stable: true, mode: "net" })).toBe("overload");
    expect(scale.capture({ monotonicMs: 100, epochMs: NOON })).toEqual({ ok: false, reason: "overload" });
  });

  it("still, when a damaged frame comes between", () => {
    const bench = new Bench();
    bench.show(1000, true, { frames: 3 });
    bench.scale.takeFault({ error: "partial_frame" }, bench.at());
    expect(bench.reason()).toBeNull();
  });
});

describe("a weighing", () => {
  it("is another one when the same weight comes back", () => {
    const bench = new Bench();
    const weighings = [];
    for (const [weight_g, stable] of [
      [1000, true],
      [0, false],
      [1000, true],
    ] as const) {
      bench.show(weight_g, stable, { frames: 3 });
      weighings.push(bench.scale.stateAt(bench.at()).weight?.weighing);
    }
    expect(weighings).toEqual([1, 1, 2]);
  });

  it("is the same one after the cable was loose or the scale silent, as long as nothing else was shown", () => {
    const bench = new Bench();
    bench.show(1000, true, { frames: 3 });
    for (const gap of [
      () => bench.scale.disconnect(),
      () => (bench.nowMs += 60_000),
      () => (bench.nowMs += STALE_AFTER_MS),
    ]) {
      gap();
      // A scale that has just come back may be restless, and the first frame damaged.
      bench.show(9000, true);
      bench.show(1000, false);
      for (let time = 0; time < 5; time += 1) bench.scale.takeFault({ error: "motion" }, bench.at());
      bench.show(1000, true, { frames: 2 });
      expect(bench.weighing()).toBe(1);
    }
  });

  it("is the same one also when the cable comes loose again before it has settled", () => {
    const bench = new Bench();
    bench.show(1000, true, { frames: 3 });
    for (let time = 0; time < 3; time += 1) {
      bench.scale.disconnect();
      bench.show(1000, true);
    }
    bench.show(1000, true);
    expect(bench.weighing()).toBe(1);
  });

  it("is another one after a gap once another weight has been shown, before the gap or after it", () => {
    for (const gap of [
      (bench: Bench) => bench.scale.disconnect(),
      (bench: Bench) => (bench.nowMs += 9_000),
    ]) {
      const after = new Bench();
      after.show(1000, true, { frames: 3 });
      gap(after);
      after.show(0, false, { frames: 2 });
      after.show(1000, true, { frames: 2 });
      expect(after.weighing()).toBe(2);
      const before = new Bench();
      before.show(1000, true, { frames: 3 });
      before.show(400, false);
      gap(before);
      before.show(1000, true, { frames: 2 });
      expect(before.weighing()).toBe(2);
    }
  });

  it("is another one after a load over or under the limits, and the same one after motion that showed no other", () => {
    for (const [error, weighing] of [
      ["overload", 2],
      ["underload", 2],
      ["motion", 1],
    ] as const) {
      const bench = new Bench();
      bench.show(1000, true, { frames: 3 });
      bench.scale.takeFault({ error }, bench.at());
      bench.show(1000, true, { frames: 2 });
      expect(bench.weighing()).toBe(weighing);
    }
  });

  it("of a load that lies there when the scale is first heard counts", () => {
    const bench = new Bench();
    bench.show(1000, true, { frames: 2 });
    expect(bench.weighing()).toBe(1);
  });

  it("is reported once, at its first stable frame", () => {
    const bench = new Bench();
    const reported = bench.show(1000, true, { frames: 100 });
    expect(reported).toEqual([
      { kind: "scale_weight", scale: "scale-1", t: NOON + 100, weight_g: 1000, stable: true, mode: "gross" },
    ]);
  });

  it("is reported twice when the same weight is weighed twice", () => {
    const bench = new Bench();
    const reported = [1000, 0, 1000].flatMap((weightG) => bench.show(weightG, true, { frames: 20 }));
    expect(reported.map((one) => one.weight_g)).toEqual([1000, 0, 1000]);
  });

  it("is reported no oftener than once a second, and not at all while nothing is stable", () => {
    const bench = new Bench();
    const reported = Array.from({ length: 100 }, (_, load) =>
      bench.show(load * 1000, true, { frames: 3 }),
    ).flat();
    expect(reported.length).toBeGreaterThan(20);
    expect(reported.length).toBeLessThanOrEqual(30);
    expect(new Bench().show(1000, false, { frames: 100 })).toEqual([]);
  });

  it("is reported again after a minute in which nothing new was weighed", () => {
    const bench = new Bench();
    expect(bench.show(1000, true, { frames: 1 + (3 * REPORT_EVERY_MS) / 100 })).toHaveLength(3);
  });
});

describe("a scale that gives no weight while the load moves", () => {
  it("is moving, not stale, and shows nothing until it has come to rest", () => {
    const bench = new Bench();
    bench.show(1000, true, { frames: 3 });
    for (let time = 0; time < 50; time += 1) {
      bench.scale.takeFault({ error: "motion" }, bench.at());
      bench.nowMs += 100;
    }
    expect(bench.scale.stateAt(bench.at())).toEqual({ weight: null, refusal: "moving" });
    bench.nowMs += STALE_AFTER_MS;
    expect(bench.reason()).toBe("stale");
    bench.show(2000, true, { frames: 2 });
    expect(bench.reason()).toBeNull();
  });
});

describe("a scale that sends at the press of a key", () => {
  it("gives its weight for a while after one press when a sum guards the frame, else after two that agree", () => {
    const summed = new Bench({ isKeyed: true, hasChecksum: true });
    summed.show(1000, null);
    expect(summed.weighing()).toBe(1);
    const plain = new Bench({ isKeyed: true });
    plain.show(1000, true);
    expect(plain.reason()).toBe("moving");
    plain.show(1000, true, { everyMs: 0 });
    plain.nowMs += KEYED_STALE_AFTER_MS;
    expect(plain.weighing()).toBe(1);
    plain.nowMs += 1;
    expect(plain.reason()).toBe("stale");
  });

  it("weighs again at a press after that, also the same weight, and at once another weight", () => {
    const bench = new Bench({ isKeyed: true, hasChecksum: true });
    const weighings = [1000, 1000, 1050, 1050].map((weightG, index) => {
      bench.show(weightG, true);
      if (index === 0) bench.nowMs += KEYED_STALE_AFTER_MS + 1;
      return bench.scale.stateAt(bench.at()).weight?.weighing;
    });
    expect(weighings).toEqual([1, 2, 3, 3]);
  });
});

it("tells the unit of a scale that is not set to a metric one", () => {
  const bench = new Bench();
  bench.scale.take({ weight_g: 453.5924, stable: true, unit: "lb" }, raw, bench.at());
  expect(bench.scale.stateAt(bench.at()).weight).toMatchObject({ weightG: 453.5924, unit: "lb" });
});

describe("one load", () => {
  const settle = (bench: Bench, weightG: number, mode: "gross" | "net" = "gross") => {
    // Longer than it takes to tell one scale from two that take turns.
    bench.show(weightG, true, { frames: 3 + UNCHANGED_MS_MIN / 100, mode });
    return bench.weighing();
  };

  it.each([
    { divisionG: undefined, weightG: 4000, within: [4010, 3985, 4020], beyond: 4021 },
    { divisionG: undefined, weightG: 60_000, within: [60_300, 59_700], beyond: 60_400 },
    { divisionG: 10, weightG: 4000, within: [4010, 4040, 3960], beyond: 4050 },
    { divisionG: 50, weightG: 100, within: [150, 50], beyond: 0 },
  ])(
    "stays one while it drifts within the tolerance of $weightG g, division $divisionG, restless or at rest",
    ({ divisionG, weightG, within, beyond }) => {
      const bench = new Bench(divisionG === undefined ? {} : { divisionG });
      expect(settle(bench, weightG)).toBe(1);
      for (const driftedG of within) {
        bench.show(driftedG, false);
        expect(settle(bench, driftedG)).toBe(1);
        bench.scale.disconnect();
        expect(settle(bench, driftedG)).toBe(1);
      }
      expect(settle(bench, beyond)).toBe(2);
      expect(settle(bench, weightG)).toBe(3);
    },
  );

  it("stays one when it is tared, tared again and the tare is cleared, whatever lies between the frames", () => {
    for (const between of [
      () => {},
      (bench: Bench) => bench.scale.takeFault({ error: "motion" }, bench.at()),
      (bench: Bench) => bench.scale.disconnect(),
      (bench: Bench) => (bench.nowMs += 9000),
    ]) {
      const bench = new Bench();
      const weighings = [settle(bench, 9000)];
      for (const [shownG, mode] of [
        [0, "net"],
        [9000, "gross"],
        [0, "net"],
        [9000, "gross"],
      ] as const) {
        between(bench);
        weighings.push(settle(bench, shownG, mode));
      }
      expect(weighings).toEqual([1, 1, 1, 1, 1]);
    }
  });

  it("stays one when net it is tared again, and then shown gross", () => {
    const bench = new Bench();
    const shown = [
      settle(bench, 5000),
      settle(bench, 0, "net"),
      settle(bench, 2000, "net"),
      settle(bench, 0, "net"),
      settle(bench, 7000),
      settle(bench, 7100),
    ];
    expect(shown).toEqual([1, 1, 2, 2, 2, 3]);
  });

  it("is another one when what looked like a second tare was the waste taken off", () => {
    const bench = new Bench();
    const shown = [settle(bench, 500), settle(bench, 0, "net"), settle(bench, 2000, "net")];
    expect([...shown, settle(bench, 0, "net"), settle(bench, 500)]).toEqual([1, 1, 2, 2, 3]);
  });

  it("stays one when its tare becomes known only later, by the gross or by what the scale tells", () => {
    const cleared = new Bench();
    expect([settle(cleared, 2000, "net"), settle(cleared, 7000)]).toEqual([1, 1]);
    expect(cleared.scale.stateAt(cleared.at()).weight?.firstG).toBe(2000);
    const told = new Bench();
    expect(settle(told, 2000, "net")).toBe(1);
    told.scale.takeTare({ tare_g: 5000, stable: true, mode: "tare" });
    expect([settle(told, 2000, "net"), settle(told, 7000)]).toEqual([1, 1]);
  });

  it("is another one with what is put into a tared container, each time, and with a bag beside a tared one", () => {
    const bench = new Bench();
    const weighings = [settle(bench, 500), settle(bench, 0, "net")];
    for (const wasteG of [2000, 0, 2000, -500, 0, 2000, 4500]) {
      bench.show(wasteG, false, { mode: "net" });
      bench.show(wasteG, true, { frames: 3, mode: "net" });
      weighings.push(bench.scale.stateAt(bench.at()).weight?.weighing ?? 0);
    }
    expect(weighings).toEqual([1, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(bench.scale.stateAt(bench.at()).weight).toMatchObject({ tareG: 500, grossG: 5000 });
  });

  it("stays one when a scale that tells no mode steps by a tare that the terminal has ordered, and back", () => {
    const bench = new Bench();
    const show = (weight_g: number) => {
      for (let frame = 0; frame < 3; frame += 1, bench.nowMs += 100)
        bench.scale.take({ weight_g, stable: true }, raw, bench.at());
      return bench.scale.stateAt(bench.at()).weight;
    };
    show(9000);
    bench.scale.takeOrder("tare", bench.at());
    expect(show(0)).toMatchObject({ weighing: 1, mode: "net", tareG: 9000 });
    expect(show(300)).toMatchObject({ weighing: 2, mode: "net", grossG: 9300 });
    bench.scale.takeOrder("clear_tare", bench.at());
    expect(show(9300)).toMatchObject({ weighing: 2, mode: "gross" });
    bench.scale.takeOrder("tare", bench.at());
    bench.nowMs += 2001;
    show(9300);
    expect(show(0)).toMatchObject({ weighing: 3, mode: "gross" });
  });
});

describe("gross and tare", () => {
  const sides = (bench: Bench) => {
    const { grossG, tareG } = bench.scale.stateAt(bench.at()).weight ?? {};
    return { grossG, tareG };
  };
  const net = (bench: Bench, weightG: number) => bench.show(weightG, true, { frames: 3, mode: "net" });
  const UNKNOWN = { grossG: undefined, tareG: undefined };

  it("are known of a scale that tells only the net when the tare was taken of a load at rest, or was preset", () => {
    for (const [netG, tareG] of [
      [0, 500],
      [380, 120],
    ] as const) {
      const bench = new Bench();
      bench.show(500, true, { frames: 3 });
      net(bench, netG);
      expect(sides(bench)).toEqual({ grossG: 500, tareG });
      bench.show(700, false, { mode: "net" });
      net(bench, 2000);
      expect(sides(bench)).toEqual({ grossG: 2000 + tareG, tareG });
    }
  });

  it("are known also when the first net weights are not at rest yet, as of a scale that is steadied", () => {
    const bench = new Bench({ tellsMotion: false });
    bench.show(500, true, { frames: 3 });
    bench.show(0, false, { frames: 3, mode: "net" });
    expect(sides(bench)).toEqual(UNKNOWN);
    net(bench, 0);
    expect(sides(bench)).toEqual({ grossG: 500, tareG: 500 });
  });

  it("are not known when the scale is first heard net, was not at rest before, or may have been tared again", () => {
    const first = new Bench();
    net(first, 2000);
    expect(sides(first)).toEqual(UNKNOWN);
    const restless = new Bench();
    restless.show(500, false, { frames: 3 });
    net(restless, 2000);
    expect(sides(restless)).toEqual(UNKNOWN);
    const filled = new Bench();
    filled.show(9000, true, { frames: 3 });
    filled.scale.takeFault({ error: "motion" }, filled.at());
    net(filled, 300);
    expect(sides(filled)).toEqual(UNKNOWN);
    const again = new Bench();
    again.show(500, true, { frames: 3 });
    for (const weightG of [0, 2000, 0, 300]) net(again, weightG);
    expect(sides(again)).toEqual(UNKNOWN);
  });

  it("are known when a net scale is tared again by the terminal, and not after the cable was loose", () => {
    const bench = new Bench();
    bench.show(500, true, { frames: 3 });
    for (const weightG of [0, 2000]) net(bench, weightG);
    bench.scale.takeOrder("tare", bench.at());
    for (const weightG of [0, 300]) net(bench, weightG);
    expect(sides(bench)).toEqual({ grossG: 2800, tareG: 2500 });
    bench.scale.disconnect();
    net(bench, 300);
    expect(sides(bench)).toEqual(UNKNOWN);
    expect(bench.weighing()).toBe(3);
  });

  it("are known beside a net weight when the scale has told its tare", () => {
    const bench = new Bench();
    bench.scale.takeTare({ tare_g: 0.2, stable: true, mode: "tare" });
    bench.show(0.1, true, { mode: "net" });
    expect(bench.scale.stateAt(bench.at()).weight).toMatchObject({
      weightG: 0.1,
      tareG: 0.2,
      grossG: 0.3,
      mode: "net",
    });
  });

  it("make a weight net when the scale does not say which it is", () => {
    const bench = new Bench();
    bench.scale.take({ weight_g: 1, stable: true }, raw, bench.at());
    expect(bench.scale.stateAt(bench.at()).weight).not.toHaveProperty("grossG");
    bench.scale.takeTare({ tare_g: 100, stable: true, mode: "tare" });
    bench.scale.take({ weight_g: 1, stable: true }, raw, bench.at());
    expect(bench.scale.stateAt(bench.at()).weight).toMatchObject({ mode: "net", grossG: 101 });
  });
});

it("reports only what fits the contract, and never lets a weight be taken that the last frame did not show", () => {
  const fits = checkerOf(READING_SCHEMAS.scale_weight);
  const frame: fc.Arbitrary<{ frame: WeightFrame; pauseMs: number }> = fc.record({
    frame: fc.record({
      weight_g: fc.constantFrom(-100_000_000, -1, 0, 0.3, 1000, 1001, 100_000_000),
      stable: fc.constantFrom(true, true, false, null),
      mode: fc.constantFrom("gross" as const, "net" as const),
    }),
    pauseMs: fc.constantFrom(0, 100, 600, 3000),
  });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 60 }), (frames) => {
      const bench = new Bench();
      let last = 0;
      for (const { frame: one, pauseMs } of frames) {
        bench.nowMs += pauseMs;
        for (const reading of bench.scale.take(one, raw, bench.at())) {
          expect(fits.check(reading)).toMatchObject({ ok: true });
          expect(reading.t).toBeGreaterThan(last);
          last = reading.t;
        }
        const capture = bench.scale.capture(bench.at());
        if (capture.ok)
          expect(capture.weight).toMatchObject({ weightG: one.weight_g, mode: one.mode, stable: true });
        if (one.weight_g < 0 || one.stable === false) expect(capture.ok).toBe(false);
      }
    }),
  );
});
