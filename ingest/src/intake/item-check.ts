/** Checks one item against the schema of its kind: the hot path of ingest, once for every reading. */

import type { Reading } from "@jumpa-madu/contracts/readings";
import { READING_SCHEMAS } from "@jumpa-madu/contracts/readings";
import { type LedgerRecord, RECORD_SCHEMAS } from "@jumpa-madu/contracts/records";
import { type Checker, checkerOf } from "@jumpa-madu/contracts/validate";
import type { QuarantineCode } from "@jumpa-madu/store/quarantine";

/** How far ahead of ours a device's clock may be, in milliseconds: one day. */
export const CLOCK_AHEAD_MS_MAX = 86_400_000;

/** Why an item is not accepted. */
export interface Fault {
  code: QuarantineCode;
  reason: string;
}

/** Says why a value is none of the kinds of `checkers`, or ahead of the clock. */
interface KindChecks<T> {
  /** True when the value fits and its time is believable. Allocates nothing. */
  fits(value: unknown, nowMs: number): value is T;
  /** The fault of a value that does not fit. */
  faultOf(value: unknown, nowMs: number): Fault;
}

/** Checks of readings. */
export const readingChecks: KindChecks<Reading> = checksOf<Reading>(READING_SCHEMAS);

/** Checks of records. */
export const recordChecks: KindChecks<LedgerRecord> = checksOf<LedgerRecord>(RECORD_SCHEMAS);

function checksOf<T extends { kind: string; t: number }>(
  schemas: Record<T["kind"], Parameters<typeof checkerOf>[0]>,
): KindChecks<T> {
  // A Map, because the kind is the node's word and an object would find "constructor".
  const checkers = new Map<unknown, Checker<unknown>>(
    Object.entries<Parameters<typeof checkerOf>[0]>(schemas).map(([kind, schema]) => [
      kind,
      checkerOf(schema),
    ]),
  );
  const kinds = [...checkers.keys()].join(", ");
  const isOfKind = (value: unknown): value is T => {
    if (typeof value !== "object" || value === null || !("kind" in value)) return false;
    return checkers.get(value.kind)?.fits(value) ?? false;
  };
  return {
    fits: (value, nowMs): value is T => isOfKind(value) && value.t <= nowMs + CLOCK_AHEAD_MS_MAX,
    faultOf(value, nowMs) {
      if (typeof value !== "object" || value === null)
        return { code: "schema", reason: "/ must be an object" };
      const checker = "kind" in value ? checkers.get(value.kind) : undefined;
      if (checker === undefined) return { code: "schema", reason: `/kind must be one of ${kinds}` };
      const checked = checker.check(value);
      if (!checked.ok) return { code: "schema", reason: checked.faults.join("; ") };
      const aheadS = isOfKind(value) ? Math.round((value.t - nowMs) / 1000) : 0;
      return { code: "clock", reason: `/t is ${aheadS} s ahead of ours; set the node's clock` };
    },
  };
}
