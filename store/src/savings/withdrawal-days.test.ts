import { startOfDayMs } from "@jumpa-madu/contracts/local-day";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstOpenDay, isInWindow, unlockDay } from "./withdrawal-days.ts";

const OPENED_MS = startOfDayMs("2026-11-24");
const LEBARAN = { from: "2027-02-24", until: "2027-03-09" };
const free = { windows: [], lockDays: 0, lockedUntil: null };

describe("the days of withdrawals", () => {
  it("are all days without lock or window", () => {
    expect(firstOpenDay(free, OPENED_MS, "2026-11-24")).toBe("2026-11-24");
  });

  it("begin when the lock's days have passed, or on the day that is named, whichever is later", () => {
    expect(unlockDay({ ...free, lockDays: 90 }, OPENED_MS)).toBe("2027-02-22");
    expect(unlockDay({ ...free, lockDays: 90, lockedUntil: "2027-03-01" }, OPENED_MS)).toBe("2027-03-01");
    expect(unlockDay({ ...free, lockDays: 90, lockedUntil: "2027-01-01" }, OPENED_MS)).toBe("2027-02-22");
  });

  it("count from the day of opening in WIB, not in UTC", () => {
    const evening = Date.parse("2026-11-24T18:00:00Z");
    expect(unlockDay({ ...free, lockDays: 1 }, evening)).toBe("2026-11-26");
  });

  it("lie in a window with its first and its last day", () => {
    const rules = { ...free, windows: [LEBARAN] };
    const open = ["2027-02-23", "2027-02-24", "2027-03-09", "2027-03-10"].map((day) =>
      isInWindow(rules, day),
    );
    expect(open).toEqual([false, true, true, false]);
    expect(firstOpenDay(rules, OPENED_MS, "2026-11-24")).toBe("2027-02-24");
    expect(firstOpenDay(rules, OPENED_MS, "2027-03-01")).toBe("2027-03-01");
  });

  it("are none any more when the last window is over", () => {
    expect(firstOpenDay({ ...free, windows: [LEBARAN] }, OPENED_MS, "2027-03-10")).toBeNull();
  });

  it("skip a window that is over before the lock is", () => {
    const later = { from: "2028-02-13", until: "2028-02-26" };
    const rules = { windows: [LEBARAN, later], lockDays: 0, lockedUntil: "2027-03-10" };
    expect(firstOpenDay(rules, OPENED_MS, "2026-11-24")).toBe("2028-02-13");
  });

  it("name the first of all days that are open, whatever the rules", () => {
    const day = fc.integer({ min: 0, max: 400 }).map((days) => dayAt(days));
    const windows = fc.uniqueArray(day, { maxLength: 8 }).map((days) => pairs(days.sort()));
    fc.assert(
      fc.property(
        windows,
        fc.integer({ min: 0, max: 200 }),
        fc.option(day),
        day,
        (list, lockDays, lockedUntil, from) => {
          const rules = { windows: list, lockDays, lockedUntil };
          const all = Array.from({ length: 700 }, (_, days) => dayAt(days));
          const expected = all.find(
            (one) => one >= from && one >= unlockDay(rules, OPENED_MS) && isInWindow(rules, one),
          );
          expect(firstOpenDay(rules, OPENED_MS, from)).toBe(expected ?? null);
        },
      ),
    );
  });
});

function dayAt(days: number): string {
  return new Date(Date.parse("2026-11-24T00:00:00Z") + days * 86_400_000).toISOString().slice(0, 10);
}

function pairs(days: string[]): { from: string; until: string }[] {
  return Array.from({ length: Math.floor(days.length / 2) }, (_, index) => ({
    from: days[2 * index] ?? "",
    until: days[2 * index + 1] ?? "",
  }));
}
