/** Receipt numbers of what is not taken at a terminal: without gaps, one series for each waste bank and device. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Tx } from "../relational/relational-store.ts";

/** Kinds of device that draw from our series: counter, collector's door, the desk that corrects (koreksi), cash handed out (payout). */
const SERIES_LETTERS = { counter: "C", door: "D", correction: "K", payout: "P" } as const;
export type SeriesKind = keyof typeof SERIES_LETTERS;

/** Longest part of a receipt number that the waste bank's id may take: a number has at most 40 characters. */
const PLACE_LENGTH_MAX = 24;

/** Digits of a number at least. */
const NUMBER_DIGITS_MIN = 6;

/** A series: its waste bank and its device, such as `C1`. */
export interface Series {
  wasteBank: string;
  device: string;
}

/** Code of the n-th device of a kind at its waste bank. */
export function deviceCode(kind: SeriesKind, n: number): string {
  return `${SERIES_LETTERS[kind]}${n}`;
}

/** Number as printed, such as `BSU-MAWAR-C1-000042`. Told apart from those of other waste banks by the waste bank itself. */
export function receiptNo({ wasteBank, device }: Series, number: number): string {
  const place = wasteBank.slice(0, PLACE_LENGTH_MAX).toUpperCase();
  return `${place}-${device}-${String(number).padStart(NUMBER_DIGITS_MIN, "0")}`;
}

/** Holds a series until the transaction ends, so that whoever draws from it comes one after the other. Makes it when it is new. */
export async function holdSeries(tx: Tx, { wasteBank, device }: Series): Promise<void> {
  await tx
    .insertInto("receipt_series")
    .values({ id: newEventId(), waste_bank_id: wasteBank, device, next_no: 1 })
    .onConflict((conflict) => conflict.columns(["waste_bank_id", "device"]).doNothing())
    .execute();
  // An update locks the row on PostgreSQL; on SQLite the transaction has the file for itself.
  await tx
    .updateTable("receipt_series")
    .set((eb) => ({ next_no: eb.ref("next_no") }))
    .where("waste_bank_id", "=", wasteBank)
    .where("device", "=", device)
    .execute();
}

/** Draws the next number of a series that is held. It is free again when the transaction is not committed. */
export async function drawReceiptNo(tx: Tx, series: Series): Promise<string> {
  const { next_no } = await tx
    .updateTable("receipt_series")
    .set((eb) => ({ next_no: eb("next_no", "+", 1) }))
    .where("waste_bank_id", "=", series.wasteBank)
    .where("device", "=", series.device)
    .returning("next_no")
    .executeTakeFirstOrThrow();
  return receiptNo(series, next_no - 1);
}
