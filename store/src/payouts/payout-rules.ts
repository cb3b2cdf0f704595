/**
 * What is decided of a limit or a fee: asked for by one person, approved or rejected by another. Until then it is nothing, so that
 * nobody alone raises a limit and pays beneath it.
 */
import { recordDeed } from "../proof/audit.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import { type Refused, refused } from "./refused.ts";

/** Where a limit or a fee stands. */
export interface RuleStanding {
  state: "requested" | "approved" | "rejected";
  decidedBy: string | null;
  decidedMs: number | null;
  /** From when it holds: its start, or its approval where that is later. Null unless it was approved. */
  beginsMs: number | null;
}

/** How a limit or a fee begins. */
export const REQUESTED = {
  state: "requested",
  decidedBy: null,
  decidedMs: null,
  beginsMs: null,
} as const satisfies RuleStanding;

/** A decision. `actor`: such as `user:{id}`. */
export interface RuleDecision {
  rule: "limit" | "fee";
  id: string;
  decision: "approved" | "rejected";
  actor: string;
  nowMs: number;
}

/** Decides; `repeated` when the same person has decided the same before. */
export async function decideRule(
  tx: Tx,
  { rule, id, decision, actor, nowMs }: RuleDecision,
): Promise<{ kind: "decided" | "repeated" } | Refused> {
  const table = `payout_${rule}s` as const;
  const row = await tx
    .selectFrom(table)
    .select(["state", "created_by", "decided_by", "valid_from_ms"])
    .where("id", "=", id)
    .$if(engineOf(tx) === "postgres", (query) => query.forNoKeyUpdate())
    .executeTakeFirst();
  if (row === undefined) return refused("unknown", `there is no such ${rule}; take the id from the list`);
  if (row.state !== "requested") {
    return row.state === decision && row.decided_by === actor
      ? { kind: "repeated" }
      : refused("wrong_state", `this ${rule} is ${row.state} already; ask for another one`);
  }
  if (row.created_by === actor)
    return refused("own_request", `whoever asks for a ${rule} does not decide on it; ask somebody else`);
  const beginsMs = decision === "approved" ? Math.max(row.valid_from_ms, nowMs) : null;
  await tx
    .updateTable(table)
    .set({ state: decision, decided_by: actor, decided_ms: nowMs, begins_ms: beginsMs })
    .where("id", "=", id)
    .execute();
  await recordDeed(tx, {
    actor,
    action: `payout_${rule}.${decision}`,
    subject: `payout_${rule}:${id}`,
    atMs: nowMs,
  });
  return { kind: "decided" };
}

/** The columns of a standing. */
export function toStanding(row: {
  state: RuleStanding["state"];
  decided_by: string | null;
  decided_ms: number | null;
  begins_ms: number | null;
}): RuleStanding {
  return {
    state: row.state,
    decidedBy: row.decided_by,
    decidedMs: row.decided_ms,
    beginsMs: row.begins_ms,
  };
}
