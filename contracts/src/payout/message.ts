/**
 * What a message of a provider says, for a person who reads it. It proves nothing and decides nothing; the number of an account is
 * masked. Xendit sends JSON with the payout under `data`, Flip a form with the disbursement as JSON in its field `data`.
 */
import type { PayoutProviderId } from "./outcome.ts";

/** Longest text that is shown of a message, in characters. */
export const MESSAGE_TEXT_MAX = 100;

/** Digits of an account's number that are shown. */
const SHOWN_DIGITS = 4;

/** A message as it says of itself; null where it says nothing. */
export interface ProviderMessage {
  /** Our reference, or our key, as the provider repeats it. */
  reference: string | null;
  providerId: string | null;
  /** The provider's own word. */
  status: string | null;
  /** As the message says it: not always whole rupiah. */
  amount: string | null;
  /** Last four characters of the account's number. */
  accountHint: string | null;
}

/** Reads a message. Never throws: one that cannot be read says nothing. */
export function readProviderMessage(provider: PayoutProviderId, raw: Uint8Array): ProviderMessage {
  const text = new TextDecoder().decode(raw);
  const fields =
    provider === "xendit-v2"
      ? fieldsOf(fieldsOf(parsed(text)).data)
      : fieldsOf(parsed(new URLSearchParams(text).get("data") ?? ""));
  const account =
    provider === "xendit-v2"
      ? fieldsOf(fieldsOf(fields.channel_properties)).account_number
      : fields.account_number;
  return {
    reference: shown(provider === "xendit-v2" ? fields.reference_id : fields.idempotency_key),
    providerId: shown(fields.id),
    status: shown(fields.status),
    amount: shown(fields.amount),
    accountHint: shown(account)?.slice(-SHOWN_DIGITS) ?? null,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** A text or a number, cut to what is shown, without what a page would not show as it is. */
function shown(value: unknown): string | null {
  if (typeof value !== "string" && typeof value !== "number") return null;
  const text = String(value)
    .replace(/[\p{C}\u2028\u2029]/gu, "")
    .slice(0, MESSAGE_TEXT_MAX);
  return text === "" ? null : text;
}
