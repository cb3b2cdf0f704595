/**
 * What receipts of one giver have said too much on one day, as far as nobody has looked at it: many small sums do the damage of
 * a large one.
 */
import { DAY_MS, dayOf, startOfDayMs } from "@jumpa-madu/contracts/local-day";
import { sql } from "kysely";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import { PRINTED_DIFFERENCE_IDR_MAX } from "./printed-differences.ts";

/** Who has given the receipts out: a terminal, or a person with a phone. */
export type ReceiptGiver = { node: string } | { takenBy: string };

/**
 * Why a receipt that says `excessIdr` more than we compute is not honoured by itself, as a sentence; null when it is: its
 * giver's unsettled ones of the day (WIB) on which we received them, and this one, keep within PRINTED_DIFFERENCE_IDR_MAX. Holds the giver
 * until the transaction ends, so that two receipts do not pass by each other.
 */
export async function faultOfExcess(
  tx: Tx,
  { giver, excessIdr, nowMs }: { giver: ReceiptGiver; excessIdr: number; nowMs: number },
): Promise<string | null> {
  if (excessIdr === 0) return null;
  if (excessIdr > PRINTED_DIFFERENCE_IDR_MAX)
    return `the receipt says Rp ${excessIdr} more than we compute, beyond Rp ${PRINTED_DIFFERENCE_IDR_MAX} a person must decide`;
  await holdGiver(tx, giver);
  const openIdr = await openExcessOf(tx, giver, nowMs);
  if (openIdr + excessIdr <= PRINTED_DIFFERENCE_IDR_MAX) return null;
  const whose = "node" in giver ? `of node ${giver.node}` : `that user ${giver.takenBy} took`;
  return `the receipt says Rp ${excessIdr} more than we compute, and those ${whose} on this day say Rp ${openIdr} too much that nobody has settled; beyond Rp ${PRINTED_DIFFERENCE_IDR_MAX} a person must decide: settle the open differences first`;
}

async function holdGiver(tx: Tx, giver: ReceiptGiver): Promise<void> {
  if (engineOf(tx) === "sqlite") return;
  const query =
    "node" in giver
      ? tx.selectFrom("nodes").select("id").where("id", "=", giver.node)
      : tx.selectFrom("users").select("id").where("id", "=", giver.takenBy);
  await query.forNoKeyUpdate().execute();
}

/** Rupiah that the lines say too much, of deposits that stand; what others say too little is not set against it. */
async function openExcessOf(tx: Tx, giver: ReceiptGiver, nowMs: number): Promise<number> {
  const dayMs = startOfDayMs(dayOf(nowMs));
  const query = tx
    .selectFrom("deposit_differences as difference")
    .innerJoin("deposits", "deposits.id", "difference.deposit_id")
    .leftJoin("deposit_voids", "deposit_voids.deposit_id", "deposits.id")
    .select(
      sql<number>`cast(coalesce(sum(difference.printed_idr - difference.computed_idr), 0) as bigint)`.as(
        "sum",
      ),
    )
    .where("difference.settled_ms", "is", null)
    .where("difference.noticed_ms", ">=", dayMs)
    .where("difference.noticed_ms", "<", dayMs + DAY_MS)
    .where("difference.line", ">=", 0)
    .whereRef("difference.printed_idr", ">", "difference.computed_idr")
    .where("deposit_voids.id", "is", null);
  const own =
    "node" in giver
      ? query.where("deposits.node_id", "=", giver.node)
      : query.where("deposits.taken_by", "=", giver.takenBy);
  return Number((await own.executeTakeFirstOrThrow()).sum);
}
