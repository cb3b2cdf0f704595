import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { pause, Wake } from "./wake.ts";

describe("Wake", () => {
  test("a ring before the wait is not lost, and counts once", async () => {
    const wake = new Wake();
    const aborting = new AbortController();
    wake.ring();
    wake.ring();
    await wake.wait(Number.POSITIVE_INFINITY, aborting.signal);
    let isOver = false;
    const second = wake.wait(Number.POSITIVE_INFINITY, aborting.signal).then(() => {
      isOver = true;
    });
    await pause(5, aborting.signal);
    expect(isOver).toBe(false);
    aborting.abort();
    await second;
  });

  test("ends after its time, and leaves no listener behind", async () => {
    const { signal } = new AbortController();
    const wake = new Wake();
    for (let turn = 0; turn < 20; turn++) await wake.wait(1, signal);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  test("a pause ends at once when it is aborted", async () => {
    const aborting = new AbortController();
    const paused = pause(60_000, aborting.signal);
    aborting.abort();
    await paused;
    await pause(60_000, aborting.signal);
  });
});
