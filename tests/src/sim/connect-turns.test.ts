import { afterEach, expect, test, vi } from "vitest";
import { ConnectTurns } from "./connect-turns.ts";
import { TimerWheel } from "./timer-wheel.ts";

afterEach(() => void vi.useRealTimers());

test("a fleet connects at the rate, in order, without those who have gone", () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  const turns = new ConnectTurns(new TimerWheel(), 100);
  const connected: number[] = [];
  const takeBack = Array.from({ length: 200 }, (_, node) => turns.ask(() => connected.push(node)));
  takeBack[7]?.();
  vi.advanceTimersByTime(1_000);
  // Five at once, then five every 50 ms to 60 ms, the wheel's tick being 20 ms.
  expect(connected.length).toBeGreaterThanOrEqual(80);
  expect(connected.length).toBeLessThanOrEqual(110);
  expect(connected.slice(0, 8)).toEqual([0, 1, 2, 3, 4, 5, 6, 8]);
  vi.advanceTimersByTime(2_000);
  expect(connected).toHaveLength(199);
});
