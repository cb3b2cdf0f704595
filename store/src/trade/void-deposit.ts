/** Takes a deposit back within minutes, while everybody still stands at the scale. What is found later is corrected by staff. */
import { VOID_WINDOW_MS } from "@jumpa-madu/contracts/records";
import { recordDeed } from "../proof/audit.ts";
import type { Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import { inSavepoint } from "../relational/savepoint.ts";
import type { Role } from "../relational/tables.ts";
import { type DepositRefusal, refusedDeposit } from "./deposit-refusal.ts";
import type { PostedDeposit } from "./deposits.ts";
import { holdDeposit, reverseDeposit } from "./reverse-deposit.ts";

/** A void as it is asked for. */
export interface NewVoid {
  id: string;
  deposit: string;
  reason: string;
  by: { id: string; role: Role; wasteBank: string | null };
}

/** What became of it. */
export type DepositVoiding = { kind: "posted" | "replayed" } | DepositRefusal;

/** Voids a deposit, or says why not; a refusal leaves no trace. */
export function voidDeposit(tx: Tx, asked: NewVoid, nowMs: number): Promise<DepositVoiding> {
  return inSavepoint(tx, () => takeBack(tx, asked, nowMs));
}

async function takeBack(tx: Tx, asked: NewVoid, nowMs: number): Promise<DepositVoiding> {
  const { id, deposit: depositId, reason, by } = asked;
  const bodyHash = requestHash({ id, deposit: depositId, reason, by: by.id });
  const deposit = await holdDeposit(tx, depositId);
  if (deposit === null) return refusedDeposit("unknown_deposit", `you have no deposit ${depositId} to void`);
  if (!mayVoid(by, deposit)) return notTheirs(asked);
  const before = await voidedBefore(tx, id, bodyHash);
  if (before !== null) return before;
  if (deposit.voided === null && nowMs - startMs(deposit) > VOID_WINDOW_MS) {
    return refusedDeposit(
      "void_late",
      `a deposit is voided within ${VOID_WINDOW_MS / 60_000} min; ask staff to correct it: POST /v1/deposits/${depositId}/correction`,
    );
  }
  const reversal = await reverseDeposit(tx, deposit, {
    id,
    bodyHash,
    kind: "void",
    by: by.id,
    actor: `user:${by.id}`,
    reason,
    occurredMs: nowMs,
    receivedMs: nowMs,
  });
  if (reversal.kind === "refused") return reversal;
  await recordDeed(tx, {
    actor: `user:${by.id}`,
    action: "deposit.voided",
    subject: `deposit:${depositId}`,
    reason,
    atMs: nowMs,
  });
  return { kind: "posted" };
}

/** Whoever took it, or an operator of the same waste bank. */
function mayVoid({ id, role, wasteBank }: NewVoid["by"], deposit: PostedDeposit): boolean {
  return deposit.takenBy === id || (role === "operator" && wasteBank === deposit.wasteBank);
}

/** Staff see every deposit and are told what to do instead; from others it stays hidden. */
function notTheirs({ deposit, by }: NewVoid): DepositRefusal {
  return by.role === "staff" || by.role === "admin"
    ? refusedDeposit(
        "not_theirs",
        `whoever took it or an operator there voids; staff correct: POST /v1/deposits/${deposit}/correction`,
      )
    : refusedDeposit("unknown_deposit", `you have no deposit ${deposit} to void`);
}

/** From when the window runs: a terminal's own clock, or ours where the deposit may have come late from a door. */
function startMs({ source, occurredMs, receivedMs }: PostedDeposit): number {
  return source === "terminal" ? occurredMs : receivedMs;
}

/** Whether this very request was done before, or another under its id. */
export async function voidedBefore(
  tx: Tx,
  id: string,
  bodyHash: string,
): Promise<{ kind: "replayed" } | DepositRefusal | null> {
  const row = await tx
    .selectFrom("deposit_voids")
    .select("body_hash")
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) return null;
  if (row.body_hash === bodyHash) return { kind: "replayed" };
  return refusedDeposit("conflict", `${id} was used for another request; draw a new id`);
}
