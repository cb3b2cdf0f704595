/** Answer to `POST /v2/payouts`: the payout, or an error. */
import type { Outcome } from "@jumpa-madu/contracts/payout/outcome";
import { jsonOf } from "../answer-fields.ts";
import { readPayout } from "./payout.ts";
import { readProblem } from "./problem.ts";

/** Reads the answer. Xendit answers 200 also to a repeat, with the payout as it stands now. Never throws. */
export function parseSubmission(bytes: Uint8Array, status: number, reference: string): Outcome {
  if (status === 200 || status === 201) return readPayout(jsonOf(bytes), reference) ?? { kind: "unknown" };
  return readProblem(bytes, status);
}
