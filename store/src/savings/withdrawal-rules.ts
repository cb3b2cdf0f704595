/** Whether money may leave a book: judged by the rules of its product, in the transaction that moves it. */
import { dayOf } from "@jumpa-madu/contracts/local-day";
import { accountId } from "../ledger/account.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import { type BookOwner, savingsKey } from "./books.ts";
import { rulesAt, type SavingsRules } from "./rules.ts";
import { firstOpenDay, isInWindow, unlockDay } from "./withdrawal-days.ts";

/** Why money does not leave a book. */
export const WITHDRAWAL_FAULTS = [
  "book_unknown",
  "book_closed",
  "below_min_withdrawal",
  "below_min_balance",
  "not_everything",
  "outside_window",
  "locked",
] as const;
export type WithdrawalFaultCode = (typeof WITHDRAWAL_FAULTS)[number];

/** Why, for a program and for a person: names the rule and, where there is one, the day on which it will be possible. */
export interface WithdrawalFault {
  code: WithdrawalFaultCode;
  reason: string;
}

/** Money that is to leave a book. */
export interface Withdrawal {
  book: BookOwner;
  /** All that leaves it, whole rupiah: with the fee, where the member bears it. */
  amountIdr: number;
  /** What of it is the fee. */
  feeIdr?: number;
  /** The member leaves and takes everything, to the rupiah: neither minimum holds. Locks and windows always hold. */
  closes: boolean;
  nowMs: number;
}

/**
 * First rule that stands in the way of a withdrawal; null when none does.
 *
 * On PostgreSQL it holds the book's account locked until the transaction ends, so that of two withdrawals at once the
 * second is judged by what the first has left. That the money is there at all is the ledger's own rule; it is told here as
 * `below_min_balance`, because the ledger could not say it as well.
 */
export async function faultOfWithdrawal(tx: Tx, withdrawal: Withdrawal): Promise<WithdrawalFault | null> {
  const { book, nowMs } = withdrawal;
  const availableIdr = await lockedAvailable(tx, book);
  const row = await tx
    .selectFrom("books")
    .select(["opened_ms", "closed_ms"])
    .where("member_id", "=", book.member)
    .where("waste_bank_id", "=", book.wasteBank)
    .where("product_id", "=", book.product)
    .executeTakeFirst();
  if (row === undefined) {
    return {
      code: "book_unknown",
      reason: `the member has no book ${book.product} at waste bank ${book.wasteBank}`,
    };
  }
  if (row.closed_ms !== null) {
    return {
      code: "book_closed",
      reason: `the book ${book.product} at waste bank ${book.wasteBank} was closed on ${dayOf(row.closed_ms)}`,
    };
  }
  const rules = await rulesAt(tx, book.product, nowMs);
  if (rules === null) {
    return { code: "locked", reason: `the product ${book.product} has no rules yet; set them first` };
  }
  return faultOfDay(rules, row.opened_ms, nowMs) ?? faultOfAmount(rules, withdrawal, availableIdr);
}

/** What may still leave the book by the ledger; 0 when nothing was ever put in. */
async function lockedAvailable(tx: Tx, book: BookOwner): Promise<number> {
  const account = await tx
    .selectFrom("accounts")
    .select(["credits_posted", "debits_posted", "debits_pending"])
    .where("id", "=", accountId(savingsKey(book)))
    .$if(engineOf(tx) === "postgres", (query) => query.forNoKeyUpdate())
    .executeTakeFirst();
  return account === undefined ? 0 : account.credits_posted - account.debits_posted - account.debits_pending;
}

function faultOfDay(rules: SavingsRules, openedMs: number, nowMs: number): WithdrawalFault | null {
  const today = dayOf(nowMs);
  const open = firstOpenDay(rules, openedMs, today);
  if (open === today) return null;
  const when =
    open === null ? "no day for it is set; ask the waste bank" : `it will be possible on ${open} (WIB)`;
  const unlocked = unlockDay(rules, openedMs);
  if (unlocked > today) {
    return { code: "locked", reason: `the book ${rules.product} is locked until ${unlocked}; ${when}` };
  }
  if (isInWindow(rules, today)) return null;
  return {
    code: "outside_window",
    reason: `the product ${rules.product} pays out on set days alone, and ${today} is none; ${when}`,
  };
}

function faultOfAmount(
  rules: SavingsRules,
  { amountIdr, feeIdr = 0, closes }: Withdrawal,
  availableIdr: number,
): WithdrawalFault | null {
  if (amountIdr > availableIdr) {
    return {
      code: "below_min_balance",
      reason: `Rp ${amountIdr} is more than the Rp ${availableIdr} that may leave the book ${rules.product}`,
    };
  }
  if (closes && amountIdr === availableIdr) return null;
  if (closes) {
    const allIdr = availableIdr - feeIdr;
    return {
      code: "not_everything",
      reason:
        `who leaves takes everything: ask for Rp ${allIdr}, not Rp ${amountIdr - feeIdr}` +
        `${feeIdr === 0 ? "" : ` (Rp ${feeIdr} is the fee)`}, or leave closes out`,
    };
  }
  const { minBalanceIdr, minWithdrawalIdr } = rules;
  if (amountIdr < minWithdrawalIdr) {
    return {
      code: "below_min_withdrawal",
      reason: `a withdrawal from the book ${rules.product} is Rp ${minWithdrawalIdr} or more, not Rp ${amountIdr}`,
    };
  }
  if (availableIdr - amountIdr >= minBalanceIdr) return null;
  return {
    code: "below_min_balance",
    reason: `Rp ${minBalanceIdr} must stay on the book ${rules.product}: at most Rp ${Math.max(0, availableIdr - minBalanceIdr)} may be withdrawn`,
  };
}
