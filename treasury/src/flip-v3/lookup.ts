/** Answer to `GET /v3/get-disbursement?id=…` or `?idempotency-key=…`: the disbursement, or 404. */
import type { Lookup } from "@jumpa-madu/contracts/payout/outcome";
import { fieldsOf, jsonOf, textAt } from "../answer-fields.ts";
import { readDisbursement } from "./disbursement.ts";

/** Code of an answer that says that there is no such disbursement. */
const NOT_FOUND: ReadonlySet<string> = new Set(["DISBURSEMENT_NOT_FOUND", "NOT_FOUND"]);

/** Reads the answer. Never throws. */
export function parseLookup(bytes: Uint8Array, status: number, idempotencyKey: string): Lookup {
  const value = jsonOf(bytes);
  if (status === 200) return readDisbursement(value, idempotencyKey) ?? { kind: "unknown" };
  const fields = fieldsOf(value);
  const isAbsent = NOT_FOUND.has(textAt(fields, "code") ?? "") || textAt(fields, "name") === "Not Found";
  // A gateway answers 404 to a wrong path as well, and then knows nothing of disbursements.
  return status === 404 && isAbsent ? { kind: "absent" } : { kind: "unknown" };
}
