import { READING_SCHEMAS, type ScaleWeight } from "@jumpa-madu/contracts/readings";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WeightFrame } from "../protocols/protocol.ts";
import { REPORT_EVERY_MS, STALE_AFTER_MS, stableWeight, UNCHANGED_MS_MIN } from "./stable-weight.ts";

const NOON = 1_795_521_600_000;
const raw = Buffer.from("ST,GS,+1.000kg");

/** A scale that sends a frame every `everyMs`. */
class Bench {
  readonly scale = stableWeight("scale-1");
  nowMs = 0;

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
      bench.scale.takeFault({ error });
      expect(bench.reason()).toBe(error);
      bench.show(1000, true);
      expect(bench.reason()).toBe("moving");
    }
  });

  it("not when the gross weight is above the scale's capacity, though the scale calls it stable", () => {
    const scale = stableWeight("scale-1", 30_000);
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
    bench.scale.takeFault({ error: "partial_frame" });
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
    const reported = Array.from({ length: 100 }, (_, load) => bench.show(load, true, { frames: 3 })).flat();
    expect(reported.length).toBeGreaterThan(20);
    expect(reported.length).toBeLessThanOrEqual(30);
    expect(new Bench().show(1000, false, { frames: 100 })).toEqual([]);
  });

  it("is reported again after a minute in which nothing new was weighed", () => {
    const bench = new Bench();
    expect(bench.show(1000, true, { frames: 1 + (3 * REPORT_EVERY_MS) / 100 })).toHaveLength(3);
  });
});

describe("gross and tare", () => {
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
