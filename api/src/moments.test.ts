import { expect, test } from "vitest";
import { parseDays, parseMoment, parseSpan, parseWidth } from "./moments.ts";
import { ProblemError } from "./problem-error.ts";

test.each([
  ["2026-11-24T03:00:00Z", Date.UTC(2026, 10, 24, 3)],
  ["2026-11-24T03:00:00.250+07:00", Date.UTC(2026, 10, 23, 20, 0, 0, 250)],
  ["2026-11-01T00:30:00+07:00", Date.UTC(2026, 9, 31, 17, 30)],
  ["2026-11-24T00:00Z", Date.UTC(2026, 10, 24)],
  ["2026-11-24", Date.UTC(2026, 10, 23, 17)],
  ["1999-01-01", Date.UTC(1998, 11, 31, 17)],
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

test("a day of a list is its midnight in WIB, and the time that a list is of does not end before it begins", () => {
  const midnightMs = Date.UTC(2026, 10, 23, 17);
  for (const parse of [parseSpan, parseDays]) {
    expect(parse({})).toEqual({ fromMs: null, toMs: null });
    expect(parse({ from: "2026-11-24", to: "2026-11-24" })).toEqual({ fromMs: midnightMs, toMs: midnightMs });
    expect(() => parse({ from: "2026-11-25", to: "2026-11-24" })).toThrow("before it begins at 2026-11-25");
    expect(() => parse({ to: "2026-02-30" })).toThrow(ProblemError);
  }
  expect(() => parseSpan({ from: "2026-11-24T00:00:00.001+07:00", to: "2026-11-24" })).toThrow(ProblemError);
});

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
