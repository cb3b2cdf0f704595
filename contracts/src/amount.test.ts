import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { amountIdr, estimateIdr } from "./amount.ts";
import { WEIGHT_G_MAX } from "./units.ts";

describe("amountIdr", () => {
  it.each([
    [1340, 1005, 1347],
    [2900, 1625, 4713],
    [500, 1, 1],
    [499, 1, 0],
    [1, 500, 1],
    [1, 499, 0],
    [0, 1625, 0],
    [297_000, 16_000, 4_752_000],
    [WEIGHT_G_MAX, 10_000_000, 1_000_000_000_000],
  ])("%i g at Rp %i a kg is Rp %i", (grams, price, amount) => {
    expect(amountIdr(grams, price)).toBe(amount);
  });

  it("is never further than half a rupiah from the exact product", () => {
    fc.assert(
      fc.property(fc.nat(WEIGHT_G_MAX), fc.nat(10_000_000), (grams, price) => {
        const thousandths = BigInt(grams) * BigInt(price);
        const error = BigInt(amountIdr(grams, price)) * 1000n - thousandths;
        expect(error > -500n && error <= 500n).toBe(true);
      }),
    );
  });

  it.each([
    [-1, 1000],
    [1.5, 1000],
    [1, -1],
    [1, 0.5],
    [Number.NaN, 1],
    [1, Number.POSITIVE_INFINITY],
    [Number.MAX_SAFE_INTEGER, 10_000_000],
  ])("refuses %d g at Rp %d", (grams, price) => {
    expect(() => amountIdr(grams, price)).toThrow(RangeError);
  });
});

describe("estimateIdr", () => {
  it.each([
    [4_000, 3_500, 6_000, 8_400],
    [1_250, 1_340, 6_250, 1_046],
    [1, 1, 10_000, 0],
    [WEIGHT_G_MAX, 10_000_000, 1, 100_000_000],
    [WEIGHT_G_MAX, 10_000_000, 10_000, 1_000_000_000_000],
  ])(
    "%i g at Rp %i a kg and a share of %i hundredths of a percent is about Rp %i",
    (grams, price, share, amount) => {
      expect(estimateIdr(grams, price, share)).toBe(amount);
    },
  );
});
