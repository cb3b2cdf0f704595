/**
 * What becomes of money that is sent to an account number.
 *
 * The first five are Xendit's own numbers of its test mode; the rest are the simulator's. A channel may want more digits than a
 * magic number has: `9` (bank) or `089` (e-wallet) and any zeros before it change nothing, so 9000121212 is a BCA number, and 0890000121212 a
 * wallet, that take no money.
 */
import type { SimChannel } from "./channels.ts";

/** Why a payout fails, in Xendit's words. */
export const FAILURE_CODES = [
  "INSUFFICIENT_BALANCE",
  "INVALID_DESTINATION",
  "REJECTED_BY_CHANNEL",
  "TEMPORARY_TRANSFER_ERROR",
  "TRANSFER_ERROR",
  "UNKNOWN_BANK_NETWORK_ERROR",
  "DESTINATION_MAXIMUM_LIMIT",
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

/**
 * How a payout goes on after it was accepted: `paid`, `reversed` after it was paid, `stays-accepted`, `stays-requested`,
 * `compliance-rejected`, or a failure.
 */
export type Fate =
  | "paid"
  | "reversed"
  | "stays-accepted"
  | "stays-requested"
  | "compliance-rejected"
  | FailureCode;

/** Account numbers with a fate. */
export const MAGIC_ACCOUNTS: Readonly<Record<string, Fate>> = {
  "131313": "stays-accepted",
  "121212": "INVALID_DESTINATION",
  "999999": "REJECTED_BY_CHANNEL",
  "98018521": "TRANSFER_ERROR",
  "123456": "TEMPORARY_TRANSFER_ERROR",
  "202020": "DESTINATION_MAXIMUM_LIMIT",
  "303030": "INSUFFICIENT_BALANCE",
  "404040": "UNKNOWN_BANK_NETWORK_ERROR",
  "505050": "stays-requested",
  "606060": "compliance-rejected",
  "707070": "reversed",
};

/** What Flip's inquiry says of an account. */
export type InquiryStatus =
  | "SUCCESS"
  | "PENDING"
  | "INVALID_ACCOUNT_NUMBER"
  | "SUSPECTED_ACCOUNT"
  | "BLACK_LISTED"
  | "FAILED"
  | "CLOSED";

/** Account numbers of which an inquiry says something else than SUCCESS. */
export const MAGIC_INQUIRIES: Readonly<Record<string, InquiryStatus>> = {
  "121212": "INVALID_ACCOUNT_NUMBER",
  "808080": "CLOSED",
  "818181": "BLACK_LISTED",
  "828282": "SUSPECTED_ACCOUNT",
  "838383": "PENDING",
  "848484": "FAILED",
};

/** A magic number that stands for itself, or behind the digits that make it long enough. */
function magicOf<T>(accountNumber: string, table: Readonly<Record<string, T>>): T | undefined {
  const bare = /^(?:9|089)0*([1-9]\d*)$/.exec(accountNumber)?.[1];
  return table[accountNumber] ?? (bare === undefined ? undefined : table[bare]);
}

/** The fate of money sent to that number. A wallet's number begins with 0 and a bank's is all digits, or there is no such destination. */
export function fateOf(accountNumber: string, { category }: SimChannel): Fate {
  const magic = magicOf(accountNumber, MAGIC_ACCOUNTS);
  if (magic !== undefined) return magic;
  const isWellFormed = category === "EWALLET" ? /^0\d{8,13}$/ : /^\d+$/;
  return isWellFormed.test(accountNumber) ? "paid" : "INVALID_DESTINATION";
}

/** What an inquiry says of that number at once. */
export function inquiryOf(accountNumber: string, channel: SimChannel): InquiryStatus {
  const magic = magicOf(accountNumber, MAGIC_INQUIRIES);
  if (magic !== undefined) return magic;
  return fateOf(accountNumber, channel) === "INVALID_DESTINATION" ? "INVALID_ACCOUNT_NUMBER" : "SUCCESS";
}
