/**
 * The model's books: maps of numbers, moved one transfer after the other. It knows by itself which accounts rise on which side and
 * which may not fall below zero, and shares nothing with the store but the names of the accounts.
 */

/** Amount from a debit account to a credit account. */
export type Move = [debit: string, credit: string, amount: number];

const RISE_ON_CREDIT = new Set(
  "member_savings payout_clearing owed_to_former node_cash cash_over_short capital donations sales payable intake received surplus".split(
    " ",
  ),
);
const MAY_BE_NEGATIVE = new Set(
  "provider_float payout_fees cash_over_short capital donations sales cost_of_sales shrinkage_value expense".split(
    " ",
  ),
);

/** Name of an account of rupiah. */
export function money(kind: string, wasteBank: string, part?: string, member = ""): string {
  return [kind, "IDR", wasteBank, ...(part === undefined ? [] : [member, part])].join("/");
}

/** Name of an account of grams. */
export function grams(kind: string, wasteBank: string, material: string, part?: string): string {
  return [kind, `g:${material}`, wasteBank, ...(part === undefined ? [] : ["", part])].join("/");
}

/** Name of a member's book. */
export function savings(wasteBank: string, member: string, product: string): string {
  return money("member_savings", wasteBank, product, member);
}

const kindOf = (account: string) => account.slice(0, account.indexOf("/"));
const risesOnCredit = (account: string) => RISE_ON_CREDIT.has(kindOf(account));

export class PlainBooks {
  #posted = new Map<string, number>();
  #held = new Map<string, number>();

  at(account: string): number {
    return this.#posted.get(account) ?? 0;
  }

  held(account: string): number {
    return this.#held.get(account) ?? 0;
  }

  /** What may still leave the account. */
  free(account: string): number {
    return this.at(account) - (kindOf(account) === "payout_clearing" ? 0 : this.held(account));
  }

  /** Every account on which anything ever stood. */
  names(): string[] {
    return [...new Set([...this.#posted.keys(), ...this.#held.keys()])];
  }

  /** Moves all or nothing; false when a step would leave an account below zero that may not be. */
  move(moves: Move[]): boolean {
    const before = new Map(this.#posted);
    for (const [debit, credit, amount] of moves) {
      if (amount === 0) continue;
      this.#add(debit, risesOnCredit(debit) ? -amount : amount);
      this.#add(credit, risesOnCredit(credit) ? amount : -amount);
      const isBelow = [debit, credit].some((one) => !MAY_BE_NEGATIVE.has(kindOf(one)) && this.free(one) < 0);
      if (!isBelow) continue;
      this.#posted = before;
      return false;
    }
    return true;
  }

  /** Moves back, the last step first. */
  moveBack(moves: Move[]): boolean {
    return this.move(mirrored(moves).reverse());
  }

  /** Holds an amount of `from` for `to`, or gives it back when it is below zero; false when less is free. */
  hold(from: string, to: string, amount: number): boolean {
    if (this.free(from) < amount) return false;
    for (const account of [from, to]) this.#held.set(account, this.held(account) + amount);
    return true;
  }

  /** Does `work`, and takes all of it back when it answers false. */
  tentatively(work: () => boolean): boolean {
    const [posted, held] = [new Map(this.#posted), new Map(this.#held)];
    if (work()) return true;
    this.#posted = posted;
    this.#held = held;
    return false;
  }

  #add(account: string, amount: number): void {
    this.#posted.set(account, this.at(account) + amount);
  }
}

/** The moves the other way round, in their own order. */
export function mirrored(moves: Move[]): Move[] {
  return moves.map(([debit, credit, amount]) => [credit, debit, amount]);
}

/** The first account of which moving back would take more than is free, in the order of the moves; null when there is none. */
export function firstShort(books: PlainBooks, moves: Move[]): string | null {
  const leaving = new Map<string, number>();
  const add = (account: string, amount: number) =>
    leaving.set(account, (leaving.get(account) ?? 0) + (risesOnCredit(account) ? amount : -amount));
  for (const [debit, credit, amount] of mirrored(moves).filter((move) => move[2] > 0)) {
    add(debit, amount);
    add(credit, -amount);
  }
  for (const [account, amount] of leaving) if (amount > books.free(account)) return account;
  return null;
}
