/**
 * Whose account it is: answer to `POST /v2/disbursement/bank-account-inquiry`; pending until a webhook tells that it can be asked again.
 *
 *     {"bank_code":"bca","account_number":"5465327020","account_holder":"…","status":"SUCCESS","inquiry_key":"…"}
 *
 * Wallets may answer a name with letters hidden, such as `Nxxxxxx Sxxx` or `N***`.
 */
import { entryOf, fieldsOf, jsonOf, textAt } from "../answer-fields.ts";
import type { NameCheck } from "../payout-provider.ts";

const STATUSES: Readonly<
  Record<string, "name" | "pending" | "invalid" | "closed" | "blocked" | "unavailable">
> = {
  SUCCESS: "name",
  PENDING: "pending",
  INVALID_ACCOUNT_NUMBER: "invalid",
  CLOSED: "closed",
  SUSPECTED_ACCOUNT: "blocked",
  BLACK_LISTED: "blocked",
  FAILED: "unavailable",
};

/** A word of which only some letters are shown. */
const MASKED_WORD = /[*•]|^\p{L}x{2,}$/u;

/** Reads an inquiry; null when it is none. */
function readInquiry(value: unknown): NameCheck | null {
  const fields = fieldsOf(value);
  const status = textAt(fields, "status");
  if (fields === null || status === undefined || !("inquiry_key" in fields || "account_holder" in fields))
    return null;
  const state = entryOf(STATUSES, status) ?? "unavailable";
  if (state !== "name") return { state };
  const name = textAt(fields, "account_holder")?.trim() ?? "";
  if (name === "") return { state: "unavailable" };
  return { state: name.split(/\s+/).some((word) => MASKED_WORD.test(word)) ? "masked" : "name", name };
}

/** Reads the answer to an inquiry. Never throws. */
export function parseInquiry(bytes: Uint8Array, status: number): NameCheck {
  return (status === 200 ? readInquiry(jsonOf(bytes)) : null) ?? { state: "unavailable" };
}
