/** Who an account belongs to, as the inquiry finds out. */
import { channelOfFlip } from "../channels.ts";
import { type InquiryStatus, inquiryOf } from "../destinations.ts";

/** Most holders that can be named; the next is refused. */
export const HOLDERS_MAX = 10_000;

/** Names of accounts. One that nobody has named is `PEMILIK` and its last four digits. */
export class AccountHolders {
  readonly #names = new Map<string, string>();
  /** Accounts with a slow bank that were asked for before: now the answer is there. */
  readonly #asked = new Set<string>();

  /** Names the holder of an account. Returns false when there are too many. */
  name(accountNumber: string, name: string): boolean {
    if (this.#names.size >= HOLDERS_MAX && !this.#names.has(accountNumber)) return false;
    this.#names.set(accountNumber, name);
    return true;
  }

  /** The name as the channel shows it: an e-wallet shows the first letter of each word alone. */
  holderOf(bankCode: string, accountNumber: string): string {
    const name = this.#names.get(accountNumber) ?? `PEMILIK ${accountNumber.slice(-4)}`;
    return channelOfFlip(bankCode)?.category === "EWALLET" ? masked(name) : name;
  }

  /** What an inquiry says: PENDING becomes SUCCESS when it is asked again. */
  inquire(bankCode: string, accountNumber: string): { status: InquiryStatus; holder: string } | null {
    const channel = channelOfFlip(bankCode);
    if (!channel) return null;
    const first = inquiryOf(accountNumber, channel);
    const account = `${bankCode}:${accountNumber}`;
    const status = first === "PENDING" && this.#asked.has(account) ? "SUCCESS" : first;
    if (first === "PENDING" && this.#asked.size < HOLDERS_MAX) this.#asked.add(account);
    const isNamed = status === "SUCCESS" || status === "SUSPECTED_ACCOUNT" || status === "CLOSED";
    return { status, holder: isNamed ? this.holderOf(bankCode, accountNumber) : "" };
  }
}

function masked(name: string): string {
  return name
    .split(" ")
    .map((word) => `${word.slice(0, 1)}${"x".repeat(Math.max(0, word.length - 1))}`)
    .join(" ");
}
