import { expect, test } from "vitest";
import {
  COUNTERS_MAX,
  SignInThrottle,
  TRIES_PER_ADDRESS_MAX,
  TRIES_PER_NAME_MAX,
  WINDOW_MS,
} from "./sign-in-throttle.ts";

test("counts a name by address, and the address in all", () => {
  const throttle = new SignInThrottle();
  for (let n = 0; n < TRIES_PER_NAME_MAX; n++) throttle.enter("a", "1", 0);
  expect(() => throttle.enter("a", "1", 0)).toThrow(/too many/);
  expect(() => throttle.enter("a", "2", 0)).not.toThrow();
  for (let n = TRIES_PER_NAME_MAX; n < TRIES_PER_ADDRESS_MAX; n++) throttle.enter(`name-${n}`, "1", 0);
  expect(() => throttle.enter("fresh", "1", 0)).toThrow(/too many/);
  expect(() => throttle.enter("a", "1", WINDOW_MS)).not.toThrow();
});

test("whoever signs in is not counted", () => {
  const throttle = new SignInThrottle();
  for (let n = 0; n < 3 * TRIES_PER_ADDRESS_MAX; n++) {
    throttle.enter("a", "1", 0);
    throttle.succeeded("a", "1");
  }
  expect(() => throttle.enter("a", "1", 0)).not.toThrow();
});

test("forgets the oldest counter at its limit", () => {
  const throttle = new SignInThrottle();
  for (let n = 0; n < COUNTERS_MAX; n++) throttle.enter("a", `address-${n}`, 0);
  expect(throttle.size).toBe(COUNTERS_MAX);
});
