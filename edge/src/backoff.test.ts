import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs } from "./backoff.ts";

test("a wait doubles from try to try, stays within a quarter of that, and never passes the limit by more", () => {
  fc.assert(
    fc.property(fc.nat(10_000), (attempt) => {
      const exactMs = Math.min(120_000, 10_000 * 2 ** attempt);
      const waitMs = backoffMs({ firstMs: 10_000, maxMs: 120_000 }, attempt);
      expect(waitMs).toBeGreaterThanOrEqual(exactMs * 0.75);
      expect(waitMs).toBeLessThanOrEqual(exactMs * 1.25);
    }),
  );
});
