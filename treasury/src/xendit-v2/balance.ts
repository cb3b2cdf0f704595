/** Answer to `GET /balance?account_type=CASH&currency=IDR`: `{"balance":1241231}`, whole rupiah (docs.xendit.co, balance). */
import { fieldsOf, jsonOf, rupiahAt } from "../answer-fields.ts";
import type { Balance } from "../payout-provider.ts";

/** Reads the answer. Never throws. */
export function parseBalance(bytes: Uint8Array, status: number): Balance {
  const availableIdr = status === 200 ? rupiahAt(fieldsOf(jsonOf(bytes)), "balance") : undefined;
  return availableIdr === undefined ? { kind: "unknown" } : { kind: "balance", availableIdr };
}
