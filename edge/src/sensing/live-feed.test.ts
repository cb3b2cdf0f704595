import { expect, it, vi } from "vitest";
import { FEED_GAP_MS_MIN, LISTENERS_MAX, liveFeed } from "./live-feed.ts";

it("tells the first state at once, and of many within the gap only the last", () => {
  vi.useFakeTimers();
  try {
    const feed = liveFeed<number>();
    const told: number[] = [];
    feed.subscribe((state) => told.push(state));
    for (let state = 1; state <= 1000; state += 1) feed.publish(state);
    expect(told).toEqual([1]);
    vi.advanceTimersByTime(FEED_GAP_MS_MIN);
    expect(told).toEqual([1, 1000]);
    vi.advanceTimersByTime(10 * FEED_GAP_MS_MIN);
    feed.publish(1001);
    expect(told).toEqual([1, 1000, 1001]);
  } finally {
    vi.useRealTimers();
  }
});

it("tells the last state when it closes, and then no more", () => {
  const feed = liveFeed<number>();
  const told: number[] = [];
  feed.subscribe((state) => told.push(state));
  for (const state of [1, 2, 3]) feed.publish(state);
  feed.close();
  feed.publish(4);
  expect(told).toEqual([1, 3]);
});

it("refuses more listeners than its limit until one has left", () => {
  const feed = liveFeed<number>();
  const leave = Array.from({ length: LISTENERS_MAX }, () => feed.subscribe(() => {}));
  expect(feed.subscribe(() => {})).toBeNull();
  leave[0]?.();
  expect(feed.subscribe(() => {})).not.toBeNull();
});
