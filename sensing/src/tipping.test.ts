import { expect, it } from "vitest";
import { isFrozen, LEANING_MS, POURING_MS, STANDING, watchTipping } from "./tipping.ts";

/** Holds angles for times, looking every second; gives what happened, and when, in seconds. */
function told(...held: readonly (readonly [tiltDeg: number, forMs: number])[]) {
  let state = STANDING;
  let nowMs = 0;
  let poured = false;
  const events: string[] = [];
  for (const [tiltDeg, forMs] of held) {
    for (const endMs = nowMs + forMs; nowMs < endMs; nowMs += 1000) {
      const watched = watchTipping(state, tiltDeg, nowMs);
      state = watched.state;
      poured ||= watched.poured;
      events.push(...watched.happened.map(({ event }) => `${event} ${nowMs / 1000}`));
    }
  }
  return { events, poured, frozen: isFrozen(state) };
}

it("is told once, when a bin has leant for more than a minute, and again when it stands", () => {
  expect(told([0, 5000], [90, 2 * LEANING_MS], [5, 3000])).toEqual({
    events: ["tipped 66", "upright 125"],
    poured: false,
    frozen: false,
  });
});

it("is not told of a bin that leans for a minute, or leans again and again", () => {
  expect(told([90, LEANING_MS], [0, 1000], [90, LEANING_MS], [0, 1000]).events).toEqual([]);
});

it("is not told of a bin on a slope", () => {
  expect(told([45, 10 * LEANING_MS])).toEqual({ events: [], poured: false, frozen: false });
});

it("freezes the level from the first leaning on, and until it stands for good", () => {
  expect(told([50, 1000]).frozen).toBe(true);
  expect(told([90, 2 * LEANING_MS], [40, 5000])).toMatchObject({ events: ["tipped 61"], frozen: true });
});

it("knows a lift that pours by bottom up for more than two seconds", () => {
  expect(told([120, POURING_MS + 2000]).poured).toBe(true);
  expect(told([120, POURING_MS + 1000]).poured).toBe(false);
  expect(told([95, 30_000]).poured).toBe(false);
});
