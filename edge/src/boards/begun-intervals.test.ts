import { expect, test } from "vitest";
import { intervalsOf } from "./begun-intervals.ts";

const NEVER_MS = 1_000_000;

test("catches the intervals that are begun meanwhile, and no later one", () => {
  const before = globalThis.setInterval;
  const begun = intervalsOf(() => {
    setInterval(() => {}, NEVER_MS);
    setInterval(() => {}, NEVER_MS);
  });
  expect(begun).toHaveLength(2);
  expect(globalThis.setInterval).toBe(before);
  for (const interval of begun) {
    expect(interval.hasRef()).toBe(true);
    clearInterval(interval);
  }
});

test("leaves all as it was when the code throws", () => {
  const before = globalThis.setInterval;
  expect(() =>
    intervalsOf(() => {
      throw new Error("no pin");
    }),
  ).toThrow("no pin");
  expect(globalThis.setInterval).toBe(before);
});
