import { afterEach, expect, test, vi } from "vitest";
import { TimerWheel } from "./timer-wheel.ts";

afterEach(() => void vi.useRealTimers());

/** A wheel on a clock that the test moves. */
function wheel(): TimerWheel {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  return new TimerWheel();
}

test("calls in the order in which waits are due, none too early and none twice", () => {
  const turning = wheel();
  const calls: string[] = [];
  turning.after(1_000, () => calls.push("late"));
  turning.after(100, () => calls.push("soon"));
  vi.advanceTimersByTime(90);
  expect(calls).toEqual([]);
  vi.advanceTimersByTime(50);
  expect(calls).toEqual(["soon"]);
  vi.advanceTimersByTime(5_000);
  expect(calls).toEqual(["soon", "late"]);
  expect(turning.waits).toBe(0);
});

test("a wait longer than one turn of the wheel comes in its own turn", () => {
  const turning = wheel();
  const call = vi.fn();
  turning.after(100_000, call);
  vi.advanceTimersByTime(99_900);
  expect(call).not.toHaveBeenCalled();
  vi.advanceTimersByTime(200);
  expect(call).toHaveBeenCalledOnce();
});

test("a cancelled wait does not come, even when its own slot cancels it", () => {
  const turning = wheel();
  const call = vi.fn();
  turning.after(100, () => turning.cancel(other));
  const other = turning.after(100, call);
  vi.advanceTimersByTime(1_000);
  expect(call).not.toHaveBeenCalled();
  expect(turning.waits).toBe(0);
  turning.cancel(other);
  expect(turning.waits).toBe(0);
});

test("stop forgets everything", () => {
  const turning = wheel();
  const call = vi.fn();
  turning.after(100, call);
  turning.stop();
  vi.advanceTimersByTime(1_000);
  expect(call).not.toHaveBeenCalled();
});
