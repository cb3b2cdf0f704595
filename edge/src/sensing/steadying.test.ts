import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WeightFrame } from "../protocols/protocol.ts";
import { type Steadied, steadying } from "./steadying.ts";

/** An HX711 sketch that prints ten times a second. */
function bench(divisionG?: number, isNoisy = true) {
  const steady = steadying({ divisionG, isNoisy });
  let nowMs = 0;
  const take = (weight_g: number, stable: boolean | null = null): Steadied => {
    nowMs += 100;
    return steady.take({ weight_g, stable, mode: "gross" }, Buffer.from(`${weight_g}`), nowMs);
  };
  /** What is shown after all of them; each round takes a second. */
  const last = (weights: readonly number[], rounds = 1): Steadied => {
    const shown = Array.from({ length: rounds }, () => weights.map((one) => take(one))).flat();
    return shown.at(-1) as Steadied;
  };
  return { take, last, steady, pause: (ms: number) => (nowMs += ms) };
}

const weightOf = ({ frame }: Steadied): Pick<WeightFrame, "weight_g" | "stable"> => ({
  weight_g: frame.weight_g,
  stable: frame.stable,
});

/** The last digits of a real load cell under 5 kg. */
const JITTER = [4995.5, 5002.6, 5000.8, 4999.1, 5001.2, 4998.3, 5000.0, 5001.9, 4997.8, 5000.4];

describe("a scale whose last digit never rests", () => {
  it("shows the median, and the frame nearest to it, once half a second lies within 0.2 %", () => {
    const { take } = bench();
    const early = JITTER.slice(0, 5).map((one) => weightOf(take(one)).stable);
    expect(early).toEqual([false, false, false, false, false]);
    const { frame, raw } = take(4999.4);
    expect(frame).toEqual({ weight_g: 5000, stable: true, mode: "gross" });
    expect(Buffer.from(raw).toString()).toBe("4999.4");
  });

  it("shows it in the division that is configured, and the same for as long as the load lies there", () => {
    const { last, take } = bench(10);
    expect(weightOf(last(JITTER))).toEqual({ weight_g: 5000, stable: true });
    for (let round = 0; round < 20; round += 1) {
      for (const one of JITTER) expect(weightOf(take(one))).toEqual({ weight_g: 5000, stable: true });
    }
  });

  it("is not at rest while it wanders by more than its noise, or, if it rounds by itself, by more than a division", () => {
    expect(weightOf(bench(3, false).last(JITTER, 3)).stable).toBe(false);
    const filling = Array.from({ length: 30 }, (_, step) => 100 + step * 20);
    expect(weightOf(bench(10).last(filling)).stable).toBe(false);
  });

  it("comes to rest also when its division is finer than its noise", () => {
    const { frame } = bench(1).last(JITTER);
    expect(frame).toMatchObject({ stable: true });
    expect(Math.abs(frame.weight_g - 5000)).toBeLessThanOrEqual(3);
    const flickering = [5000, 5005, 5000, 5005, 5005, 5000, 5005];
    expect(weightOf(bench(5, false).last(flickering, 3)).stable).toBe(true);
  });

  it("shows another load at once as moving, and then that load", () => {
    const { last, take } = bench(10);
    last(JITTER);
    expect(weightOf(take(3001.2)), "one reading beside it is noise").toEqual({
      weight_g: 5000,
      stable: true,
    });
    expect(weightOf(take(3002.2))).toEqual({ weight_g: 3000, stable: false });
    expect(weightOf(last([3001, 3004, 2999, 3002, 3003, 3001]))).toEqual({ weight_g: 3000, stable: true });
  });

  it("shows a little more on the pan as more", () => {
    const { last } = bench(10);
    last(JITTER);
    expect(weightOf(last(JITTER.map((one) => one + 10)))).toEqual({ weight_g: 5010, stable: true });
  });

  it("shows the drift of an empty scale below zero as zero, up to two divisions", () => {
    const { last } = bench(10);
    expect(weightOf(last([-3.2, -8.1, -11.9, -9.4, -6.0, -4.4, -7.7]))).toEqual({
      weight_g: 0,
      stable: true,
    });
    expect(weightOf(last([-17, -19, -18.5, -18, -17, -18, -18]))).toEqual({ weight_g: 0, stable: true });
    expect(weightOf(last([-57, -59, -58.5, -58, -57, -58, -58]))).toEqual({ weight_g: -60, stable: true });
    expect(Object.is(bench(10).last([-3, -3, -3, -3, -3, -3]).frame.weight_g, 0)).toBe(true);
  });

  it("shows the same weight of a load that lay there through a gap", () => {
    const { last, take, steady, pause } = bench();
    const { weight_g } = last(JITTER).frame;
    steady.interrupt();
    for (const one of JITTER) expect(take(one).frame.weight_g).toBe(weight_g);
    pause(5_000);
    expect(weightOf(take(4998.3))).toEqual({ weight_g, stable: false });
    expect(weightOf(last(JITTER))).toEqual({ weight_g, stable: true });
  });

  it("keeps a weight as it came that is the same to the last digit", () => {
    expect(bench().last([453.5924, 453.5924, 453.5924, 453.5924, 453.5924, 453.5924]).frame.weight_g).toBe(
      453.5924,
    );
  });
});

describe("a frame with a flag of its own", () => {
  it("is given as it came", () => {
    expect(weightOf(bench(10).take(4997.6, true))).toEqual({ weight_g: 4997.6, stable: true });
    expect(weightOf(bench(10).take(4997.6, false))).toEqual({ weight_g: 4997.6, stable: false });
  });
});

it("never shows at rest what is more than a division and its rounding from all that was read lately", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50, max: 400 }), { maxLength: 60 }), (weights) => {
      const { take } = bench(20);
      weights.forEach((one, index) => {
        const { frame } = take(one);
        if (frame.stable !== true) return;
        const lately = weights.slice(Math.max(0, index - 6), index + 1);
        expect(lately.some((near) => Math.abs(near - frame.weight_g) <= 40)).toBe(true);
      });
    }),
  );
});
