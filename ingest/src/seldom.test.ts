import { expect, test } from "vitest";
import { SELDOM_KEYS_MAX, Seldom } from "./seldom.ts";

test("is due once for each key in its time", () => {
  const seldom = new Seldom(1_000);
  expect(["a", "a", "b"].map((key) => seldom.isDue(key, 5_000))).toEqual([true, false, true]);
  expect([seldom.isDue("a", 5_999), seldom.isDue("a", 6_000), seldom.isDue("a", 6_001)]).toEqual([
    false,
    true,
    false,
  ]);
});

test(`knows ${SELDOM_KEYS_MAX} keys; beyond, the one told of longest ago is forgotten`, () => {
  const seldom = new Seldom(1_000);
  for (let key = 0; key <= SELDOM_KEYS_MAX; key++) seldom.isDue(String(key), 0);
  expect([seldom.isDue(String(SELDOM_KEYS_MAX), 1), seldom.isDue("1", 1), seldom.isDue("0", 1)]).toEqual([
    false,
    false,
    true,
  ]);
});

test("a key that was told of again is no longer the one told of longest ago", () => {
  const seldom = new Seldom(1_000);
  for (let key = 0; key < SELDOM_KEYS_MAX; key++) seldom.isDue(String(key), 0);
  seldom.isDue("0", 1_000);
  seldom.isDue("one more", 1_000);
  expect([seldom.isDue("0", 1_001), seldom.isDue("1", 999)]).toEqual([false, true]);
});
