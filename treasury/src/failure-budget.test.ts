import { expect, test } from "vitest";
import {
  FailureBudget,
  WRONG_TOKEN_ADDRESSES_MAX,
  WRONG_TOKENS_PER_ADDRESS_MAX,
  WRONG_TOKENS_WINDOW_MS,
} from "./failure-budget.ts";

test(`${WRONG_TOKENS_PER_ADDRESS_MAX} wrong tokens of an address are within its budget, one more waits for the window's end`, () => {
  const budget = new FailureBudget();
  for (let time = 0; time < WRONG_TOKENS_PER_ADDRESS_MAX; time++) expect(budget.spend("a", 1_000)).toBe(0);
  expect(budget.spend("a", 2_000)).toBe(WRONG_TOKENS_WINDOW_MS - 1_000);
  expect(budget.spend("b", 2_000)).toBe(0);
  expect(budget.spend("a", 1_000 + WRONG_TOKENS_WINDOW_MS)).toBe(0);
});

test(`${WRONG_TOKEN_ADDRESSES_MAX} addresses are counted, the oldest goes`, () => {
  const budget = new FailureBudget();
  for (let index = 0; index <= WRONG_TOKEN_ADDRESSES_MAX; index++) budget.spend(`${index}`, index);
  expect(budget.size).toBe(WRONG_TOKEN_ADDRESSES_MAX);
});
