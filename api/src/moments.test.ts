import { expect, test } from "vitest";
import { parseMoment, parseWidth } from "./moments.ts";
import { ProblemError } from "./problem-error.ts";

test.each([
  ["2026-11-24T03:00:00Z", Date.UTC(2026, 10, 24, 3)],
  ["2026-11-24T03:00:00.250+07:00", Date.UTC(2026, 10, 23, 20, 0, 0, 250)],
  ["2026-11-01T00:30:00+07:00", Date.UTC(2026, 9, 31, 17, 30)],
  ["2026-11-24", Date.UTC(2026, 10, 24)],
  ["1780000000000", 1_780_000_000_000],
])("reads %s", (text, atMs) => {
  expect(parseMoment(text, "/at")).toBe(atMs);
});

test.each(["2026-02-30", "2026-13-01", "2026-02-30T00:00:00+07:00", "2026-11-24T25:00:00Z"])(
  "refuses %s",
  (text) => {
    expect(() => parseMoment(text, "/at")).toThrow(ProblemError);
  },
);

test("absent is null", () => {
  expect([parseMoment(undefined, "/at"), parseMoment(null, "/at"), parseWidth(undefined)]).toEqual([
    null,
    null,
    null,
  ]);
});

test.each([
  ["90s", 90_000],
  ["15m", 900_000],
  ["1h", 3_600_000],
  ["7d", 604_800_000],
])("a width of %s", (text, widthMs) => {
  expect(parseWidth(text)).toBe(widthMs);
});
