import { expect, test } from "vitest";
import { figuresOf, meterOf, parseCpuS, parsePeakRssMib } from "./process-figures.ts";

test("CPU time is read also behind a name with blanks and brackets", () => {
  const rest = "S 1 1 1 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 11 0 5000";
  expect(parseCpuS(`42 (node) ${rest}`)).toBe(3);
  expect(parseCpuS(`42 (a) b (c)) ${rest}`)).toBe(3);
});

test("the peak of the resident set is told in MiB", () => {
  expect(parsePeakRssMib("Name:\tnode\nVmHWM:\t  204800 kB\nVmRSS:\t 1 kB\n")).toBe(200);
  expect(() => parsePeakRssMib("Name:\tkthreadd\n")).toThrow(RangeError);
});

test("this process has used time and memory, and a meter counts from its start", () => {
  const meter = meterOf({ me: process.pid });
  const endMs = performance.now() + 60;
  while (performance.now() < endMs);
  const { me } = meter();
  expect(me?.cpuS).toBeGreaterThan(0);
  expect(me?.cpuS).toBeLessThan(figuresOf(process.pid).cpuS);
  expect(me?.peakRssMib).toBeGreaterThan(20);
});
