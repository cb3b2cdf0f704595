import type { ContainerShape } from "@jumpa-madu/contracts/container-shape";
import { containerShapeFault } from "@jumpa-madu/contracts/container-shape";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fillOf } from "./calibration.ts";
import { UPRIGHT, volumeShareOf } from "./container-volume.ts";

const share = fc.double({ min: 0, max: 1, noNaN: true });
const bottom = fc.double({ min: 0.05, max: 1, noNaN: true });
const tapered = fc.record({
  shape: fc.constant("tapered" as const),
  bottom_length: bottom,
  bottom_width: bottom,
});
const inner = fc.uniqueArray(fc.integer({ min: 1, max: 999 }), { maxLength: 10 });
const table = fc.tuple(inner, inner).map(([heights, volumes]): ContainerShape => {
  const rising = (thousandths: number[]) => thousandths.toSorted((a, b) => a - b).map((one) => one / 1000);
  const count = Math.min(heights.length, volumes.length);
  const [ups, shares] = [rising(heights.slice(0, count)), rising(volumes.slice(0, count))];
  const points = ups.map((height, index) => ({ height, volume: shares[index] ?? 0 }));
  return { shape: "table", points: [{ height: 0, volume: 0 }, ...points, { height: 1, volume: 1 }] };
});
const anyShape: fc.Arbitrary<ContainerShape> = fc.oneof(
  fc.constant(UPRIGHT),
  tapered,
  fc.constant({ shape: "lying_drum" as const }),
  table,
);

/** Area below a height of what is as wide as `widthAt` says, by the midpoint rule, as a share of the whole. */
function integrated(widthAt: (height: number) => number, height: number): number {
  const STEPS = 4000;
  const sum = (to: number) =>
    Array.from({ length: STEPS }, (_, step) => widthAt(((step + 0.5) / STEPS) * to)).reduce((a, b) => a + b) *
    to;
  return sum(height) / sum(1);
}

describe("the volume of a container", () => {
  it("rises with the height from 0 to 1, whatever its shape", () => {
    fc.assert(
      fc.property(anyShape, share, share, (shape, one, other) => {
        expect(containerShapeFault(shape)).toBeNull();
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        expect(volumeShareOf(shape, low)).toBeLessThanOrEqual(volumeShareOf(shape, high) + 1e-12);
        expect(volumeShareOf(shape, low)).toBeGreaterThanOrEqual(0);
        expect(volumeShareOf(shape, high)).toBeLessThanOrEqual(1);
        expect([volumeShareOf(shape, 0), volumeShareOf(shape, 1)]).toEqual([0, 1]);
      }),
    );
  });

  it("with tapered walls is that of all its layers", () => {
    fc.assert(
      fc.property(tapered, share, (shape, height) => {
        const area = (at: number) =>
          (shape.bottom_length + (1 - shape.bottom_length) * at) *
          (shape.bottom_width + (1 - shape.bottom_width) * at);
        expect(volumeShareOf(shape, height)).toBeCloseTo(integrated(area, height), 6);
      }),
      { numRuns: 30 },
    );
  });

  it("of a lying drum is that of all its layers", () => {
    fc.assert(
      fc.property(share, (height) => {
        const width = (at: number) => Math.sqrt(Math.max(0, at * (1 - at)));
        expect(volumeShareOf({ shape: "lying_drum" }, height)).toBeCloseTo(integrated(width, height), 4);
      }),
      { numRuns: 30 },
    );
  });

  it("of a lying drum is known at half and at a quarter of its height", () => {
    expect(volumeShareOf({ shape: "lying_drum" }, 0.5)).toBeCloseTo(0.5);
    // A segment of 120°: (2π/3 − sin 120°) / 2π.
    expect(volumeShareOf({ shape: "lying_drum" }, 0.25)).toBeCloseTo(0.1955, 4);
  });

  it("is drawn in lines between the points of a table", () => {
    const points = [
      { height: 0, volume: 0 },
      { height: 0.5, volume: 0.2 },
      { height: 1, volume: 1 },
    ];
    expect([0.25, 0.5, 0.75].map((height) => volumeShareOf({ shape: "table", points }, height))).toEqual([
      0.1,
      0.2,
      expect.closeTo(0.6),
    ]);
  });
});

it("fills from 0 at the empty mark to 1 at the full mark as the waste comes nearer", () => {
  const distance = fc.integer({ min: 0, max: 3000 });
  fc.assert(
    fc.property(anyShape, distance, distance, (shape, one, other) => {
      const calibration = { emptyMm: 1800, fullMm: 300 };
      const [near, far] = [Math.min(one, other), Math.max(one, other)];
      expect(fillOf(calibration, near, shape)).toBeGreaterThanOrEqual(
        fillOf(calibration, far, shape) - 1e-12,
      );
      expect(fillOf(calibration, 1800, shape)).toBe(0);
      expect(fillOf(calibration, 300, shape)).toBe(1);
    }),
  );
});
