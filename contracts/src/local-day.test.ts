import { expect, test } from "vitest";
import { DAY_MS, dayOf, startOfDayMs } from "./local-day.ts";

test("a day begins at 17:00 UTC of the day before", () => {
  expect(new Date(startOfDayMs("2026-11-24")).toISOString()).toBe("2026-11-23T17:00:00.000Z");
  expect(dayOf(startOfDayMs("2026-11-24"))).toBe("2026-11-24");
  expect(dayOf(startOfDayMs("2026-11-24") - 1)).toBe("2026-11-23");
  expect(startOfDayMs("2026-11-25") - startOfDayMs("2026-11-24")).toBe(DAY_MS);
});

test.each(["2026-02-30", "2026-13-01", "yesterday", ""])("there is no day %j", (day) => {
  expect(() => startOfDayMs(day)).toThrow(RangeError);
});
