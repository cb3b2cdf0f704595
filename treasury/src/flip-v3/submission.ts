/** Answer to `POST /v3/disbursement`: the disbursement, or an error. */
import type { Outcome } from "@jumpa-madu/contracts/payout/outcome";
import { jsonOf } from "../answer-fields.ts";
import { readDisbursement } from "./disbursement.ts";
import { readProblem } from "./problem.ts";

/** Reads the answer; a repeat under the same key gets the first disbursement. Never throws. */
export function parseSubmission(bytes: Uint8Array, status: number, idempotencyKey: string): Outcome {
  if (status === 200 || status === 201)
    return readDisbursement(jsonOf(bytes), idempotencyKey) ?? { kind: "unknown" };
  return readProblem(bytes, status);
}
