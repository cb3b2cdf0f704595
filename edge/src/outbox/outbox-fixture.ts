/** What the tests of the outbox share: readings and records by number, and limits. Runs outside vitest, too. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { BinEvent, BinLevel } from "@jumpa-madu/contracts/readings";
import type { OneRecord, Outbox } from "./outbox.ts";
import { OUTBOX_LIMITS, type OutboxLimits } from "./outbox-limits.ts";

/** Time of the first reading. */
const START_MS = 1_790_000_000_000;

/** Limits for tests: no commit by time, no reserve file unless the test is about it. */
export const TEST_LIMITS: OutboxLimits = {
  ...OUTBOX_LIMITS,
  commitDelayMs: 60_000,
  reserveBytes: 0,
};

/** The reading with a number: its time tells it apart. */
export function level(number: number, bin = "bin-1"): BinLevel {
  return {
    kind: "bin_level",
    bin,
    t: START_MS + number,
    distance_mm: number % 5000,
    fill: null,
    quality: "unchecked",
  };
}

/** The event with a number. */
export function emptied(number: number, bin = "bin-1"): BinEvent {
  return { kind: "bin_event", bin, t: START_MS + number, event: "emptied" };
}

/** A scale check to be recorded once. Its answer carries a receipt number. */
export function check(key: string, referenceG = 1000): OneRecord {
  return {
    key,
    request: { referenceG },
    make: ({ receiptNumber }) => ({
      record: {
        kind: "scale_check",
        id: newEventId(),
        t: START_MS,
        scale: "scale-1",
        reference_g: referenceG,
        shown_g: referenceG,
      },
      answer: { receipt: receiptNumber() },
    }),
  };
}

/** All committed items of a stream with their numbers, read batch by batch. */
export function itemsOf(outbox: Outbox, stream: "readings" | "records"): Map<number, unknown> {
  const found = new Map<number, unknown>();
  let from = outbox.floor(stream);
  for (;;) {
    const batch = outbox.batch(stream, from, { itemsMax: 500, bytesMax: 128 * 1024 });
    if (batch === null) return found;
    for (const [index, item] of batch.items.entries()) found.set(batch.first + index, JSON.parse(item));
    from = batch.first + batch.items.length;
  }
}
