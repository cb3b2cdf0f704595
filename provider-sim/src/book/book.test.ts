import fc from "fast-check";
import { expect, test } from "vitest";
import { FAILURE_CODES, type Fate } from "../destinations.ts";
import { durationsAt } from "../durations.ts";
import { Book } from "./book.ts";
import type { BookEvent } from "./book-event.ts";
import { type PayoutRequest, STATUSES } from "./payout.ts";

function bookOf(events: BookEvent[], options: { feeIdr?: number; refusesInsufficient?: boolean } = {}): Book {
  return new Book({
    provider: "xendit",
    seed: 1,
    feeIdr: options.feeIdr ?? 100,
    durations: durationsAt(1),
    refusesInsufficient: options.refusesInsufficient ?? false,
    payoutsMax: 1_000,
    keep: (event) => events.push(event),
    onMoved: () => undefined,
  });
}

const requestOf = (key: string, amountIdr: number, bodyHash = `${key}:${amountIdr}`): PayoutRequest => ({
  key,
  bodyHash,
  reference: key,
  channel: "ID_BCA",
  category: "BANK",
  accountNumber: "1234567890",
  accountName: "Nasabah Satu",
  amountIdr,
  description: "",
  extra: {},
});

const FATES: readonly Fate[] = [
  "paid",
  "reversed",
  "stays-accepted",
  "stays-requested",
  "compliance-rejected",
  ...FAILURE_CODES,
];

const actions = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("create" as const),
      key: fc.integer({ min: 0, max: 8 }),
      amountIdr: fc.integer({ min: 1, max: 40_000 }),
      fate: fc.constantFrom(...FATES),
    }),
    fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 400_000 }) }),
    fc.record({
      kind: fc.constant("move" as const),
      index: fc.nat(20),
      status: fc.constantFrom(...STATUSES),
    }),
    fc.record({ kind: fc.constant("top-up" as const), amountIdr: fc.integer({ min: 1, max: 50_000 }) }),
  ),
  { maxLength: 60 },
);

test("whatever happens, no payout is paid twice, none is returned that was not paid, and the float is what is left", () => {
  fc.assert(
    fc.property(actions, fc.boolean(), (steps, refusesInsufficient) => {
      const events: BookEvent[] = [];
      const book = bookOf(events, { refusesInsufficient });
      book.topUp(100_000, 0);
      let nowMs = 0;
      for (const step of steps) {
        if (step.kind === "create")
          book.create(requestOf(`key-${step.key}`, step.amountIdr), { fate: step.fate, nowMs, lagMs: 0 });
        else if (step.kind === "pass") nowMs += step.ms;
        else if (step.kind === "top-up") book.topUp(step.amountIdr, nowMs);
        else {
          const id = book.view().payouts[step.index]?.id;
          if (id !== undefined) book.move({ id, status: step.status, failureCode: null }, nowMs);
        }
        book.settle(nowMs);
        check(book);
      }
      const again = bookOf([], { refusesInsufficient });
      for (const event of events) again.replay(event);
      expect(again.view()).toEqual(book.view());
      expect(again.nextDueMs()).toBe(book.nextDueMs());
    }),
    { numRuns: 1_000 },
  );
});

function check(book: Book): void {
  const { payouts, movements, moneyLeftIdr, balanceIdr, heldIdr, toppedUpIdr, feesIdr } = book.view();
  const sumOf = (...statuses: string[]) =>
    payouts
      .filter(({ status }) => statuses.includes(status))
      .reduce((sum, { amountIdr }) => sum + amountIdr, 0);
  const moved = (kind: string) => movements.filter((movement) => movement.kind === kind);
  for (const { id, status, amountIdr } of payouts) {
    const of = (kind: string) => moved(kind).filter(({ payout }) => payout === id);
    expect(of("paid").length).toBe(status === "SUCCEEDED" || status === "REVERSED" ? 1 : 0);
    expect(of("returned").length).toBe(status === "REVERSED" ? 1 : 0);
    for (const movement of movements) if (movement.payout === id) expect(movement.amountIdr).toBe(amountIdr);
  }
  expect(moneyLeftIdr).toBe(sumOf("SUCCEEDED"));
  expect(moneyLeftIdr).toBe(sumOf("SUCCEEDED", "REVERSED") - sumOf("REVERSED"));
  expect(balanceIdr).toBe(toppedUpIdr - moneyLeftIdr - feesIdr);
  expect(heldIdr).toBeGreaterThanOrEqual(0);
  expect(balanceIdr).toBeGreaterThanOrEqual(heldIdr);
}

test("steps that come due at once happen in the order of their times", () => {
  const book = bookOf([]);
  book.topUp(1_000_000, 0);
  book.create(requestOf("first", 1_000), { fate: "reversed", nowMs: 50_000, lagMs: 0 });
  book.create(requestOf("second", 1_000), { fate: "paid", nowMs: 0, lagMs: 0 });
  book.create(requestOf("third", 1_000), { fate: "paid", nowMs: 700_000, lagMs: 0 });
  const moves = book.settle(86_400_000).map(({ status, atMs }) => [status, atMs]);
  expect(moves).toEqual([
    ["REQUESTED", 20_000],
    ["REQUESTED", 70_000],
    ["SUCCEEDED", 80_000],
    ["SUCCEEDED", 130_000],
    ["REQUESTED", 720_000],
    ["REVERSED", 730_000],
    ["SUCCEEDED", 780_000],
  ]);
  expect(book.nextDueMs()).toBeNull();
});

test("a payout that the float could not bear cannot be moved to succeeded", () => {
  const book = bookOf([]);
  book.topUp(1_000, 0);
  const creation = book.create(requestOf("key", 5_000), { fate: "paid", nowMs: 0, lagMs: 0 });
  if (creation.kind !== "created") throw new Error(creation.kind);
  const { id } = creation.payout;
  expect(book.move({ id, status: "SUCCEEDED", failureCode: null }, 0)).toBeNull();
  expect(book.view()).toMatchObject({ balanceIdr: 1_000, movements: [] });
});

test("an event that cannot have happened is refused", () => {
  const book = bookOf([]);
  const moved = {
    kind: "moved",
    provider: "xendit",
    id: "disb-none",
    status: "SUCCEEDED",
    failureCode: null,
    atMs: 0,
  } as const;
  expect(() => book.replay(moved)).toThrow("cannot have become SUCCEEDED");
  expect(() => book.move({ id: "disb-none", status: "FAILED", failureCode: null }, 0)).toThrow(
    "there is no payout",
  );
});
