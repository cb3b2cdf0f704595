import { expect, test } from "vitest";
import {
  FAILURE_ADDRESSES_MAX,
  FAILURES_PER_ADDRESS_MAX,
  FAILURES_WINDOW_MS,
  FailureBudget,
} from "./failure-budget.ts";

test(`${FAILURES_PER_ADDRESS_MAX} failures of an address are within its budget, one more waits for the window's end`, () => {
  const budget = new FailureBudget();
  for (let time = 0; time < FAILURES_PER_ADDRESS_MAX; time++) expect(budget.spend("a", 1_000)).toBe(0);
  expect(budget.spend("a", 2_000)).toBe(FAILURES_WINDOW_MS - 1_000);
  expect(budget.spend("b", 2_000)).toBe(0);
  expect(budget.spend("a", 1_000 + FAILURES_WINDOW_MS)).toBe(0);
});

test(`${FAILURE_ADDRESSES_MAX} addresses are counted, the oldest goes`, () => {
  const budget = new FailureBudget();
  for (let index = 0; index <= FAILURE_ADDRESSES_MAX; index++) budget.spend(`${index}`, index);
  expect(budget.size).toBe(FAILURE_ADDRESSES_MAX);
});
