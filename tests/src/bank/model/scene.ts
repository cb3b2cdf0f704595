/** A history under way: the town, the model's books, and what the model remembers of each deed. */
import { expect } from "vitest";
import { grams, type Move, money, PlainBooks, savings } from "./plain-books.ts";
import { CAPITAL_IDR, START_MS, type Town } from "./town.ts";

/** One step of a history. Each deed reads the four numbers in its own way, so that one arbitrary shrinks them all. */
export interface Deed {
  does: string;
  who: number;
  which: number;
  size: number;
  how: number;
}

export interface ModelMember {
  id: string;
  destination: string;
  usableFromMs: number;
  isClosed: boolean;
}

export interface ModelBook {
  id: string;
  member: string;
  product: string;
  isDefault: boolean;
  isClosed: boolean;
}

export interface ModelLine {
  material: string;
  netG: number;
  idr: number;
}

export interface ModelDeposit {
  id: string;
  member: string;
  product: string | null;
  /** Null: a terminal took it. */
  takenBy: string | null;
  purpose: "save" | "cash" | "donate";
  isShare: boolean;
  bps: number;
  lines: ModelLine[];
  moves: Move[];
  /** Account that the cash came from; null when nothing was paid out. */
  cashFrom: string | null;
  occurredMs: number;
  receivedMs: number;
  stands: boolean;
}

export interface ModelConsignment {
  deposit: ModelDeposit;
  line: number;
  account: string;
  usedG: number;
}

export interface ModelSale {
  id: string;
  toParent: boolean;
  soldBy: string;
  totalIdr: number;
  payments: { moves: Move[]; idr: number }[];
  moves: Move[];
  used: Map<ModelConsignment, number>;
  isVoided: boolean;
}

export interface ModelCount {
  id: string;
  material: string;
  differenceG: number;
  countedBy: string;
}

export interface ModelShift {
  id: string;
  user: string;
  openedMs: number;
  close: { needsReason: boolean } | null;
  isConfirmed: boolean;
}

export interface ModelMovement {
  id: string;
  move: Move;
  shift: ModelShift | null;
  state: "requested" | "posted" | "rejected";
  decidedBy: string | null;
  isVoided: boolean;
}

export interface ModelExpense {
  id: string;
  move: Move;
  shift: ModelShift | null;
  isVoided: boolean;
}

export interface ModelAttempt {
  id: string;
  n: number;
  state: "queued" | "sending" | "accepted" | "unknown" | "succeeded" | "failed" | "refused" | "reversed";
  sends: number;
  wasUnknown: boolean;
  firstSentMs: number | null;
  lastSentMs: number;
  /** When it may be sent; null: it is not to be sent. */
  dueMs: number | null;
}

export interface ModelPayout {
  id: string;
  member: string;
  account: string;
  amountIdr: number;
  feeIdr: number;
  isCash: boolean;
  /** Takes everything, and closes the book. */
  closes: boolean;
  requestedBy: string;
  approvedBy: string | null;
  state: "requested" | "paying" | "payable" | "paid" | "failed" | "rejected" | "cancelled" | "reversed";
  review: "unresolved" | "mismatch" | "late_success" | "contradiction" | null;
  reviewAttempt: string | null;
  paidMs: number | null;
  /** In which shift its cash was handed out. */
  paidIn: ModelShift | null;
  attempts: ModelAttempt[];
}

/** Something that was sent, to be sent again. */
export interface Sent {
  /** Sends it again, or something else under the same id; answers the word of what became of it. */
  again(changed: boolean): Promise<string>;
  same: string;
  other: string;
}

export class Scene {
  readonly town: Town;
  readonly books = new PlainBooks();
  nowMs = START_MS;
  readonly members: ModelMember[];
  readonly bookList: ModelBook[] = [];
  readonly prices: { material: string; id: string; idr: number; fromMs: number }[] = [];
  readonly terms: { isShare: boolean; bps: number; fromMs: number }[] = [];
  readonly deposits: ModelDeposit[] = [];
  readonly consignments: ModelConsignment[] = [];
  readonly sales: ModelSale[] = [];
  readonly counts: ModelCount[] = [];
  readonly shifts: ModelShift[] = [];
  readonly movements: ModelMovement[] = [];
  readonly expenses: ModelExpense[] = [];
  readonly payouts: ModelPayout[] = [];
  readonly sent: Sent[] = [];

  constructor(town: Town) {
    this.town = town;
    this.members = [
      { id: town.member, destination: town.destination, usableFromMs: START_MS, isClosed: false },
    ];
    for (const who of ["unit", "parent"] as const)
      this.books.move([[money("cash_vault", town[who]), money("capital", town[who]), CAPITAL_IDR[who]]]);
  }

  /** Stock of the unit. */
  stock(material: string, isConsigned = false): string {
    return grams("stock", this.town.unit, material, isConsigned ? "consigned" : undefined);
  }

  vaultCash(): string {
    return money("cash_vault", this.town.unit);
  }

  drawer(user: string): string {
    return money("cash_drawer", this.town.unit, user);
  }

  book(member: string, product: string): string {
    return savings(this.town.unit, member, product);
  }

  cashier(who: number): string {
    return this.town.cashiers[who % 2] ?? "";
  }

  member(who: number): ModelMember {
    return chosen(this.members, who) ?? fail("no member");
  }

  openShiftOf(user: string): ModelShift | undefined {
    return this.shifts.find((shift) => shift.user === user && shift.close === null);
  }

  /** Consigned waste of a material that waits to be sold, the oldest first. */
  waiting(material: string): ModelConsignment[] {
    return this.consignments
      .filter(({ deposit, line, usedG }) => {
        const { stands, lines } = deposit;
        return stands && lines[line]?.material === material && usedG < (lines[line]?.netG ?? 0);
      })
      .sort(
        (a, b) =>
          a.deposit.occurredMs - b.deposit.occurredMs ||
          (a.deposit.id < b.deposit.id ? -1 : a.deposit.id > b.deposit.id ? 1 : a.line - b.line),
      );
  }
}

/** One of many by a number; undefined when there are none. */
export function chosen<T>(many: readonly T[], which: number): T | undefined {
  return many[which % Math.max(1, many.length)];
}

/** The word of an outcome: its kind, or the code of its refusal. */
export function wordOf(outcome: { kind: string; code?: string }): string {
  return outcome.kind === "refused" ? (outcome.code ?? "refused") : outcome.kind;
}

/** Expects that the store did what the model foretold. */
export function expectWord(deed: Deed, outcome: { kind: string }, foretold: string): void {
  const told = "reason" in outcome ? { ...deed, reason: outcome.reason } : deed;
  expect(wordOf(outcome), JSON.stringify(told)).toBe(foretold);
}

export function fail(what: string): never {
  throw new Error(what);
}

/** Of `total`, what `part` of `whole` is worth, rounded down. */
export function partOf(total: number, part: number, whole: number): number {
  return whole === 0 ? 0 : Math.floor((total * part) / whole);
}
