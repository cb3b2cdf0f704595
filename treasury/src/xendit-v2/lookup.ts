/**
 * Answers to the two ways of looking a payout up:
 *
 *     GET /v2/payouts/{id}            200 and the bare payout, or 404
 *     GET /v2/payouts?reference_id=…  200 and {"has_more":false,"data":[…]}; an unknown reference has no rows
 *
 * `absent` is no proof that there never will be one: the list may lag.
 */
import type { Lookup } from "@jumpa-madu/contracts/payout/outcome";
import { fieldsOf, jsonOf, textAt } from "../answer-fields.ts";
import { readPayout } from "./payout.ts";
import { errorCodeOf } from "./problem.ts";

/** Code of an answer 404. */
const NOT_FOUND: ReadonlySet<string> = new Set(["DATA_NOT_FOUND", "PAYOUT_NOT_FOUND", "NOT_FOUND_ERROR"]);

/** Reads the answer to a lookup by id. Never throws. */
export function parseLookupById(bytes: Uint8Array, status: number, reference: string): Lookup {
  if (status === 200) return readPayout(jsonOf(bytes), reference) ?? { kind: "unknown" };
  const code = errorCodeOf(bytes);
  // A gateway answers 404 to a wrong path as well, and then knows nothing of payouts.
  if (status === 404 && code !== undefined && NOT_FOUND.has(code)) return { kind: "absent" };
  return { kind: "unknown" };
}

/**
 * Reads the answer to a lookup by reference. Rows of other references are passed over; a page with two rows of ours, or
 * with none while there are more pages, decides nothing. Never throws.
 */
export function parseLookupByReference(bytes: Uint8Array, status: number, reference: string): Lookup {
  const page = fieldsOf(jsonOf(bytes));
  const rows = page?.data;
  if (status !== 200 || page === null || !Array.isArray(rows)) return { kind: "unknown" };
  const ours = rows.filter((row) => textAt(fieldsOf(row), "reference_id") === reference);
  if (ours.length === 1) return readPayout(ours[0], reference) ?? { kind: "unknown" };
  return ours.length === 0 && page.has_more === false ? { kind: "absent" } : { kind: "unknown" };
}
