import { expect, it } from "vitest";
import { MEDIAN_WINDOW, medianWindow } from "./median.ts";

it("says nothing until the window is full, then with every distance", () => {
  const window = medianWindow();
  for (let sample = 1; sample < MEDIAN_WINDOW; sample += 1) expect(window.push(100)).toBeNull();
  expect(window.push(100)).toEqual({ medianMm: 100, spreadMm: 0 });
  expect(window.push(900)).toEqual({ medianMm: 100, spreadMm: 0 });
});

it("is moved by no minority of wrong echoes", () => {
  const window = medianWindow(5);
  for (const distanceMm of [4000, 500, 30, 502]) window.push(distanceMm);
  expect(window.push(501)).toMatchObject({ medianMm: 501 });
});

it("tells scatter from quiet", () => {
  const window = medianWindow(5);
  for (const distanceMm of [300, 700, 400, 600]) window.push(distanceMm);
  expect(window.push(500)?.spreadMm).toBeGreaterThan(100);
});

it("forgets when cleared", () => {
  const window = medianWindow(1);
  window.clear();
  expect(window.push(7)).toEqual({ medianMm: 7, spreadMm: 0 });
});
