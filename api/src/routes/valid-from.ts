/** From when prices and terms may hold. */
import { EPOCH_MS_MAX } from "@jumpa-madu/contracts/units";
import { ProblemError } from "../problem-error.ts";

/**
 * How far in the past a price or terms may begin, in milliseconds: five minutes for clocks that differ. Terminals may have
 * taken deposits by the older ones since.
 */
const PAST_MS_MAX = 5 * 60_000;

/** Throws ProblemError `refused` outside. Called within the work, so that a repeat of an older request gets its first answer. */
export function refuseOutOfTime(what: string, validFromMs: number, nowMs: number): void {
  if (validFromMs < nowMs - PAST_MS_MAX) {
    throw new ProblemError(
      "refused",
      `${what} cannot begin in the past; leave valid_from out to let it begin now`,
    );
  }
  if (validFromMs > EPOCH_MS_MAX)
    throw new ProblemError("refused", `${what} must begin before the year 2100`);
}
