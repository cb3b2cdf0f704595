/** Who brings the waste, as far as a deposit needs to know. */

import type { Selectable } from "kysely";
import { memberMayAct } from "../people/members.ts";
import type { Tx } from "../relational/relational-store.ts";
import { statement } from "../relational/statement.ts";
import type { Tables } from "../relational/tables.ts";

/** A member at the scale. */
export interface Depositor {
  number: string;
  kind: "individual" | "group" | "organisation";
  /** False when the membership was closed or the member erased: then nothing is taken any more. */
  mayAct: boolean;
  /** The member was forgotten and does not come back; one who was only closed may. */
  isErased: boolean;
}

/** What of a member is read. */
export type MemberRow = Pick<Selectable<Tables["members"]>, "number" | "kind" | "closed_ms" | "erased_ms">;

const holds = {
  shared: memberHeld("shared"),
  alone: memberHeld("alone"),
};

function memberHeld(hold: "shared" | "alone") {
  return statement<{ member: string }, MemberRow>((db, slot, engine) => {
    const query = db
      .selectFrom("members")
      .select(["number", "kind", "closed_ms", "erased_ms"])
      .where("id", "=", slot("member"));
    if (engine === "sqlite") return query;
    return hold === "alone" ? query.forNoKeyUpdate() : query.forShare();
  });
}

/**
 * The member; null when there is none. Holds the member's row until the transaction ends: `shared`, so that the member is not
 * closed meanwhile, or `alone`, so that deposits of one member come one after the other.
 */
export async function depositorOf(
  tx: Tx,
  member: string,
  hold: "shared" | "alone",
): Promise<Depositor | null> {
  const { rows } = await holds[hold](tx, { member });
  return toDepositor(rows[0]);
}

/** The statement of `depositorOf`, for `askAtOnce`; `toDepositor` reads what it answers. */
export function depositorAsked(tx: Tx, member: string) {
  return holds.shared.of(tx, { member });
}

/** The member of a row. */
export function toDepositor(row: MemberRow | undefined): Depositor | null {
  if (row === undefined) return null;
  const { number, kind } = row;
  return { number, kind, mayAct: memberMayAct(row), isErased: row.erased_ms !== null };
}
