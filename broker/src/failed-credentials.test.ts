import { describe, expect, test } from "vitest";
import { FailedCredentials } from "./failed-credentials.ts";

function at(startMs: number) {
  const clock = { ms: startMs };
  const limits = { rememberedMs: 10, windowMs: 100, perAddressMax: 3, entriesMax: 5 };
  return { clock, failed: new FailedCredentials(limits, () => clock.ms) };
}

describe("failed credentials", () => {
  test("are remembered for a while, and only exactly these", () => {
    const { clock, failed } = at(0);
    failed.note("1.1.1.1", "bin-1", "x");
    expect(failed.hasFailed("bin-1", "x")).toBe(true);
    expect(failed.hasFailed("bin-1", "y")).toBe(false);
    expect(failed.hasFailed("bin-2", "x")).toBe(false);
    clock.ms = 10;
    expect(failed.hasFailed("bin-1", "x")).toBe(false);
  });

  test("put an address over its budget after so many within a window, and no other", () => {
    const { clock, failed } = at(0);
    for (const secret of ["1", "2"]) failed.note("1.1.1.1", "bin-1", secret);
    expect(failed.isOverBudget("1.1.1.1")).toBe(false);
    failed.note("1.1.1.1", "bin-1", "3");
    expect(failed.isOverBudget("1.1.1.1")).toBe(true);
    expect(failed.isOverBudget("2.2.2.2")).toBe(false);
    clock.ms = 100;
    expect(failed.isOverBudget("1.1.1.1")).toBe(false);
  });

  test("never hold more entries than their limit: the oldest goes", () => {
    const { failed } = at(0);
    for (let i = 0; i < 1000; i++) failed.note(`10.0.0.${i}`, "bin-1", `${i}`);
    expect(failed.size).toBe(5);
    expect(failed.hasFailed("bin-1", "999")).toBe(true);
    expect(failed.hasFailed("bin-1", "0")).toBe(false);
  });
});
