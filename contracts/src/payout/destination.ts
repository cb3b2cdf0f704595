/** Destination: the account that money is paid to. */
import { CHANNEL_CODES, CHANNELS, isChannelCode } from "./channels.ts";

/** An account at a bank, or a wallet. */
export interface Destination {
  /** Our code of the channel, such as `bca`. */
  channel: string;
  /** Digits alone. */
  accountNumber: string;
  /** Holder, as the bank writes the name. */
  accountName: string;
}

/** Characters of a holder's name; providers take no more. */
export const ACCOUNT_NAME_LENGTH_MAX = 100;

/** One line of visible text without space at its ends. */
const PRINTABLE = /^[^\s\p{C}](?:[^\p{C}\p{Zl}\p{Zp}]*[^\s\p{C}])?$/u;

/** What is wrong with a destination, as a sentence that says what is expected; null when it can be sent to a provider. */
export function faultOfDestination({ channel, accountNumber, accountName }: Destination): string | null {
  if (!isChannelCode(channel)) return `the channel is not known; take one of ${CHANNEL_CODES.join(", ")}`;
  const { kind, name, digits } = CHANNELS[channel];
  const span = digits.min === digits.max ? `${digits.min}` : `${digits.min} to ${digits.max}`;
  const isRightLength = accountNumber.length >= digits.min && accountNumber.length <= digits.max;
  if (kind === "ewallet" && !(isRightLength && /^08\d+$/.test(accountNumber)))
    return `the number of a ${name} wallet is a mobile number of ${span} digits that begins with 08, such as 081234567890, without +62, spaces or hyphens`;
  if (kind === "bank" && !(isRightLength && /^\d+$/.test(accountNumber)))
    return `an account number at ${name} has ${span} digits, without spaces or hyphens`;
  if (accountName.length > ACCOUNT_NAME_LENGTH_MAX || !PRINTABLE.test(accountName))
    return `the name of the account's holder has 1 to ${ACCOUNT_NAME_LENGTH_MAX} printable characters, without line breaks or spaces at its ends`;
  return null;
}
