/** Why a deed on cash is not done. */

/** Codes, for a program to branch on. */
export const CASH_REFUSALS = [
  /** The id was used for something else. */
  "id_taken",
  "shift_unknown",
  "shift_is_open",
  "shift_is_closed",
  "movement_unknown",
  "movement_is_decided",
  "expense_unknown",
  "expense_is_decided",
  "already_voided",
  "payout_unknown",
  /** Nothing of the payout is owed to a person who has left. */
  "nothing_owed",
  "settlement_unknown",
  "settlement_is_decided",
  /** Four eyes are needed, and these are the same two. */
  "same_person",
  "node_unknown",
  "too_little_cash",
  "reason_missing",
  "other_waste_bank",
  "field_missing",
  "out_of_time",
] as const;
export type CashRefusalCode = (typeof CASH_REFUSALS)[number];

/** Expected trouble: a code for a program, and a sentence for a person that says what to do. */
export interface CashRefusal {
  kind: "refused";
  code: CashRefusalCode;
  reason: string;
}

/** What became of a deed. `again`: it had been done before, by the same request. */
export type CashOutcome<Result> = { kind: "done" | "again"; result: Result } | CashRefusal;

/** Makes a refusal. */
export function refuse(code: CashRefusalCode, reason: string): CashRefusal {
  return { kind: "refused", code, reason };
}

/** The refusal of an id that stands for another request. */
export function idTaken(what: string, id: string): CashRefusal {
  return refuse("id_taken", `${what} ${id} was asked for before with another body; draw a new id`);
}
