/**
 * Counts the stock (opname): what somebody found in the store against what the books say.
 *
 * A small difference is posted at once; a large one waits until another person has agreed. A loss is taken from the waste
 * bank's own grams first, so that members whose waste is consigned lose nothing while there are any; what was found
 * belongs to the waste bank. Both are worth the average of what the own grams had cost.
 */
import { type AccountKey, accountId } from "../ledger/account.ts";
import { postJournalWithin, type TransferRequest } from "../ledger/post-journal.ts";
import { recordDeed } from "../proof/audit.ts";
import type { Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import { partsOf } from "../rows/parts-of.ts";
import { CONSIGNMENTS_TOUCHED_MAX, type Consignment, oldestConsignments } from "./consignments.ts";
import { faultOfMoment, refuse, type StockRefusal } from "./refusal.ts";
import { part } from "./split-line.ts";
import {
  consignedKey,
  gramsKey,
  lockedStock,
  lockStock,
  ownedKey,
  type StockLevel,
  type StockPlace,
  valueKey,
} from "./stock-accounts.ts";

/** Differences up to both of these need no second person: grams, and a share of what the books say. */
export const COUNT_DIFFERENCE_G_MAX = 5_000;
export const COUNT_DIFFERENCE_SHARE_MAX = 0.05;

/** What somebody found. */
export interface NewStockCount extends StockPlace {
  id: string;
  countedG: number;
  reason: string;
  occurredMs: number;
  /** Who counted, such as `user:{id}`. */
  countedBy: string;
}

/** What became of a count. `waiting`: another person has to agree. */
export type CountOutcome = { kind: "posted" | "waiting" | "dismissed"; isReplay: boolean } | StockRefusal;

/** True when the difference needs a second person. */
export function isBeyondTolerance(countedG: number, bookG: number): boolean {
  const differenceG = Math.abs(countedG - bookG);
  return differenceG > COUNT_DIFFERENCE_G_MAX || differenceG > bookG * COUNT_DIFFERENCE_SHARE_MAX;
}

/** Keeps a count within the caller's transaction, and posts its difference when that is small. */
export async function countStock(tx: Tx, count: NewStockCount, nowMs: number): Promise<CountOutcome> {
  const bodyHash = requestHash({ ...count });
  const before = await keptBefore(tx, count, bodyHash);
  if (before !== null) return before;
  const fault = faultOfMoment(count.occurredMs, nowMs) ?? (await faultOfPlace(tx, count));
  if (fault !== null) return fault;
  await lockCounted(tx, count, nowMs);
  // The lock has been waited for: the same count may have been kept meanwhile.
  const meanwhile = await keptBefore(tx, count, bodyHash);
  if (meanwhile !== null) return meanwhile;
  if (await isAnotherWaiting(tx, count)) {
    return refuse(
      "count_waits",
      `an earlier count of ${count.material} at ${count.wasteBank} waits for a second person; let it be decided first`,
    );
  }
  const level = await lockedStock(tx, count);
  const bookG = level.ownedG + level.consignedG;
  await tx
    .insertInto("stock_counts")
    .values({
      id: count.id,
      body_hash: bodyHash,
      waste_bank_id: count.wasteBank,
      material_id: count.material,
      counted_g: count.countedG,
      book_g: bookG,
      reason: count.reason,
      counted_by: count.countedBy,
      occurred_ms: count.occurredMs,
      created_ms: nowMs,
    })
    .execute();
  await recordDeed(tx, {
    actor: count.countedBy,
    action: "stock.counted",
    subject: `stock_count:${count.id}`,
    reason: count.reason,
    atMs: nowMs,
  });
  if (isBeyondTolerance(count.countedG, bookG)) return { kind: "waiting", isReplay: false };
  return await postCount(tx, { ...count, bookG, decidedBy: null }, nowMs);
}

/** Agrees to a count that waits, or dismisses it. Only somebody who did not count may. */
export async function decideCount(
  tx: Tx,
  { id, agrees, decidedBy }: { id: string; agrees: boolean; decidedBy: string },
  nowMs: number,
): Promise<CountOutcome> {
  const count = await findCount(tx, id);
  if (count === null) return refuse("unknown_count", `there is no count ${id}`);
  await lockCounted(tx, count, nowMs);
  const ended = await tx
    .selectFrom("stock_count_ends")
    .select(["outcome", "decided_by as decidedBy"])
    .where("count_id", "=", id)
    .executeTakeFirst();
  const asked = agrees ? "posted" : "dismissed";
  if (ended !== undefined) {
    if (ended.outcome === asked && ended.decidedBy === decidedBy) return { kind: asked, isReplay: true };
    return refuse("count_ended", `count ${id} is ${ended.outcome} already`);
  }
  if (count.countedBy === decidedBy)
    return refuse("same_person", "whoever counted does not decide on the count; ask somebody else");
  await recordDeed(tx, {
    actor: decidedBy,
    action: agrees ? "stock_count.approved" : "stock_count.dismissed",
    subject: `stock_count:${id}`,
    atMs: nowMs,
  });
  if (agrees) return await postCount(tx, { ...count, decidedBy }, nowMs);
  await insertEnd(tx, { ...count, decidedBy }, { outcome: "dismissed", journal: null, valueIdr: 0 }, nowMs);
  return { kind: "dismissed", isReplay: false };
}

async function keptBefore(tx: Tx, { id }: NewStockCount, bodyHash: string): Promise<CountOutcome | null> {
  const row = await tx
    .selectFrom("stock_counts")
    .leftJoin("stock_count_ends", "stock_count_ends.count_id", "stock_counts.id")
    .select(["stock_counts.body_hash as bodyHash", "stock_count_ends.outcome"])
    .where("stock_counts.id", "=", id)
    .executeTakeFirst();
  if (row === undefined) return null;
  if (row.bodyHash === bodyHash) return { kind: row.outcome ?? "waiting", isReplay: true };
  return refuse("id_taken", `there is another count ${id}; draw a new id`);
}

/** Holds whatever a count may move, in whichever direction. */
async function lockCounted(tx: Tx, { wasteBank, material }: StockPlace, nowMs: number): Promise<void> {
  const place = { wasteBank, material };
  const other = [
    gramsKey("shrinkage", place),
    gramsKey("surplus", place),
    valueKey("stock_value", place),
    valueKey("shrinkage_value", place),
  ];
  await lockStock(tx, { places: [place], other }, nowMs);
}

async function faultOfPlace(tx: Tx, { wasteBank, material }: StockPlace): Promise<StockRefusal | null> {
  const place = await tx
    .selectFrom("waste_banks")
    .select("id")
    .where("id", "=", wasteBank)
    .executeTakeFirst();
  if (place === undefined) return refuse("unknown_waste_bank", `there is no waste bank ${wasteBank}`);
  const known = await tx.selectFrom("materials").select("id").where("id", "=", material).executeTakeFirst();
  return known === undefined ? refuse("unknown_material", `there is no material ${material}`) : null;
}

async function isAnotherWaiting(tx: Tx, { wasteBank, material }: StockPlace): Promise<boolean> {
  const row = await tx
    .selectFrom("stock_counts")
    .leftJoin("stock_count_ends", "stock_count_ends.count_id", "stock_counts.id")
    .select("stock_counts.id")
    .where("stock_counts.waste_bank_id", "=", wasteBank)
    .where("stock_counts.material_id", "=", material)
    .where("stock_count_ends.count_id", "is", null)
    .executeTakeFirst();
  return row !== undefined;
}

interface KeptCount extends NewStockCount {
  bookG: number;
}

async function findCount(tx: Tx, id: string): Promise<KeptCount | null> {
  const row = await tx.selectFrom("stock_counts").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) return null;
  return {
    id,
    wasteBank: row.waste_bank_id,
    material: row.material_id,
    countedG: row.counted_g,
    bookG: row.book_g,
    reason: row.reason,
    countedBy: row.counted_by,
    occurredMs: row.occurred_ms,
  };
}

type DecidedCount = KeptCount & { decidedBy: string | null };

/** What a count moves. `valueIdr`: below zero for a loss. */
interface CountMovements {
  pairs: [AccountKey, AccountKey, number][];
  valueIdr: number;
  consignedLostG: number;
}

async function postCount(tx: Tx, count: DecidedCount, nowMs: number): Promise<CountOutcome> {
  const level = await lockedStock(tx, count);
  const differenceG = count.countedG - count.bookG;
  if (level.ownedG + level.consignedG + differenceG < 0) {
    return refuse(
      "not_in_stock",
      `the books have less ${count.material} by now than the count found missing; dismiss it and count again`,
    );
  }
  const { pairs, valueIdr, consignedLostG } =
    differenceG > 0 ? found(count, level, differenceG) : lost(count, level, -differenceG);
  const losses = await oldestConsignments(tx, count, consignedLostG);
  if (losses === null) {
    return refuse(
      "too_many_consignments",
      `the loss touches more than ${CONSIGNMENTS_TOUCHED_MAX} deposits; count again and write off less at once`,
    );
  }
  const moved = pairs.filter(([, , amount]) => amount > 0);
  const journal = await postMoved(tx, count, moved);
  if (journal !== null && typeof journal !== "string") return journal;
  await insertEnd(tx, count, { outcome: "posted", journal, valueIdr }, nowMs);
  await insertLosses(tx, count.id, losses, consignedLostG);
  return { kind: "posted", isReplay: false };
}

function found(place: StockPlace, { ownedG, valueIdr }: StockLevel, grams: number): CountMovements {
  const worth = part(valueIdr, grams, ownedG);
  return {
    pairs: [
      [ownedKey(place), gramsKey("surplus", place), grams],
      [valueKey("stock_value", place), valueKey("shrinkage_value", place), worth],
    ],
    valueIdr: worth,
    consignedLostG: 0,
  };
}

/** When no own gram is left, what is left of their value goes as well: voids of cheaper deposits can leave some behind. */
function lost(place: StockPlace, { ownedG, valueIdr }: StockLevel, grams: number): CountMovements {
  const ownedLostG = Math.min(ownedG, grams);
  const worth = ownedLostG === ownedG ? valueIdr : part(valueIdr, ownedLostG, ownedG);
  return {
    pairs: [
      [gramsKey("shrinkage", place), ownedKey(place), ownedLostG],
      [gramsKey("shrinkage", place), consignedKey(place), grams - ownedLostG],
      [valueKey("shrinkage_value", place), valueKey("stock_value", place), worth],
    ],
    valueIdr: -worth,
    consignedLostG: grams - ownedLostG,
  };
}

/** Id of the journal; null when nothing moves. */
async function postMoved(
  tx: Tx,
  count: DecidedCount,
  moved: CountMovements["pairs"],
): Promise<string | null | StockRefusal> {
  if (moved.length === 0) return null;
  const journal = await postJournalWithin(tx, {
    idempotencyKey: `stock_count:${count.id}`,
    kind: "stock_count",
    actor: count.decidedBy ?? count.countedBy,
    occurredMs: count.occurredMs,
    transfers: moved.map(
      ([debit, credit, amount]): TransferRequest => ({
        phase: "post",
        debit: accountId(debit),
        credit: accountId(credit),
        amount,
      }),
    ),
  });
  if (journal.kind !== "refused") return journal.journalId;
  return refuse("ledger_refused", `the ledger refuses the count: ${journal.refusal}`);
}

async function insertEnd(
  tx: Tx,
  { id, countedBy, decidedBy }: DecidedCount,
  end: { outcome: "posted" | "dismissed"; journal: string | null; valueIdr: number },
  nowMs: number,
): Promise<void> {
  await tx
    .insertInto("stock_count_ends")
    .values({
      count_id: id,
      outcome: end.outcome,
      journal_id: end.journal,
      counted_by: countedBy,
      decided_by: decidedBy,
      value_idr: end.valueIdr,
      ended_ms: nowMs,
    })
    .execute();
}

async function insertLosses(
  tx: Tx,
  count: string,
  consignments: Consignment[],
  grams: number,
): Promise<void> {
  let missingG = grams;
  const rows = consignments.map(({ deposit, line, leftG }) => {
    const lostG = Math.min(leftG, missingG);
    missingG -= lostG;
    return { count_id: count, deposit_id: deposit, line, grams: lostG };
  });
  for (const part of partsOf(rows)) await tx.insertInto("consignment_losses").values(part).execute();
}
