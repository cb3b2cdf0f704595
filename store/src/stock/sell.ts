/**
 * Sells waste out of a store: to an off-taker, or to the waste bank's parent, which takes it into its own store.
 *
 * Grams go from `stock` to `sold` (`delivered` for a parent), `shrinkage` and `rejects`. Rupiah: the buyer owes the
 * proceeds (`receivable` to `sales`); what the waste had cost leaves `stock_value` by the moving average; the share of
 * members whose waste was consigned is what that waste cost, so it goes from `cost_of_sales` to their savings. Then sales
 * less cost of sales less shrinkage is the margin, whichever way members are paid.
 */
import { sql } from "kysely";
import type { AccountKey } from "../ledger/account.ts";
import { lockAccounts } from "../ledger/lock-accounts.ts";
import { JOURNAL_TRANSFERS_MAX, postJournalWithin, TRANSFER_AMOUNT_MAX } from "../ledger/post-journal.ts";
import { closedAmong } from "../people/members.ts";
import { recordDeed } from "../proof/audit.ts";
import type { Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import { partsOf } from "../rows/parts-of.ts";
import { openForSale } from "../savings/book-arrivals.ts";
import { priceInForce } from "../trade/price-in-force.ts";
import { type Consignment, oldestConsignments } from "./consignments.ts";
import { accountsOfPayment, pay } from "./pay-sale.ts";
import { faultOfMoment, refuse, type StockRefusal } from "./refusal.ts";
import { gramsMoved, moneyMoved, movementsOf, type SoldLine } from "./sale-movements.ts";
import { goneG, splitLine, type WeighedLine } from "./split-line.ts";
import { lockedGrams, lockedStock, lockStock } from "./stock-accounts.ts";

/** Who buys: a business, or the waste bank's parent. */
export type Buyer = { offTaker: string } | { wasteBank: string };

/** Where the waste bank's money lies. */
export type MoneyPlace = "cash_vault" | "bank_account";

/** A sale that is asked for. */
export interface NewSale {
  id: string;
  wasteBank: string;
  buyer: Buyer;
  occurredMs: number;
  /** At least one, each material once. A price of null is the parent's price in force; an off-taker's must be said. */
  lines: (Omit<WeighedLine, "priceIdrPerKg"> & { material: string; priceIdrPerKg: number | null })[];
  /** What the buyer pays at once; null: nothing. */
  paid: { into: MoneyPlace; from: MoneyPlace | null; amountIdr: number } | null;
  /** Who sells, such as `user:{id}`. */
  soldBy: string;
}

/** What became of it. `replayed`: the same sale had been posted before. */
export type SaleOutcome = { kind: "posted" | "replayed" } | StockRefusal;

/** Posts a sale within the caller's transaction, which stays usable when it is refused. */
export async function sellStock(tx: Tx, sale: NewSale, nowMs: number): Promise<SaleOutcome> {
  const bodyHash = requestHash({ ...sale });
  const before = await madeBefore(tx, sale, bodyHash);
  if (before !== null) return before;
  const fault =
    faultOfMoment(sale.occurredMs, nowMs) ??
    faultOfLines(sale) ??
    (await faultOfParties(tx, sale)) ??
    (await faultOfMaterials(tx, sale));
  if (fault !== null) return fault;

  const places = sale.lines.map(({ material }) => ({ wasteBank: sale.wasteBank, material }));
  await lockStock(tx, { places, other: gramsMoved(sale) }, nowMs);
  // The lock has been waited for: the same sale may have been made meanwhile, and have taken the grams.
  const meanwhile = await madeBefore(tx, sale, bodyHash);
  if (meanwhile !== null) return meanwhile;
  const leaving: LeavingLine[] = [];
  for (const line of sale.lines) {
    const found = await leavingLine(tx, sale, line);
    if ("kind" in found) return found;
    leaving.push(found);
  }
  const held = await holdWhoIsPaid(tx, { sale, leaving }, nowMs);
  if (held !== null) return held;
  const lines: SoldLine[] = [];
  for (const { material, line, consigned } of leaving) {
    const level = await lockedStock(tx, { wasteBank: sale.wasteBank, material });
    lines.push({ material, line, split: splitLine(line, level, consigned) });
  }
  const totalIdr = lines.reduce((sum, { split }) => sum + split.amountIdr, 0);
  if (totalIdr > TRANSFER_AMOUNT_MAX)
    return refuse("too_much_money", `Rp ${totalIdr} is more than a sale may bring; check prices and weights`);

  await sql`savepoint sale`.execute(tx);
  const outcome = await postSale(tx, { sale, lines, totalIdr, bodyHash }, nowMs);
  if (outcome.kind === "refused") await sql`rollback to savepoint sale`.execute(tx);
  await sql`release savepoint sale`.execute(tx);
  return outcome;
}

async function madeBefore(tx: Tx, { id }: NewSale, bodyHash: string): Promise<SaleOutcome | null> {
  const row = await tx.selectFrom("sales").select("body_hash").where("id", "=", id).executeTakeFirst();
  if (row === undefined) return null;
  if (row.body_hash === bodyHash) return { kind: "replayed" };
  return refuse("id_taken", `there is another sale ${id}; draw a new id`);
}

/** A line whose grams are held, with those of members that it reaches. */
interface LeavingLine {
  material: string;
  line: WeighedLine;
  consigned: Consignment[];
}

/** Holds the members whose waste leaves, so that none is closed before the money is there, and then all accounts of money. */
async function holdWhoIsPaid(
  tx: Tx,
  { sale, leaving }: { sale: NewSale; leaving: LeavingLine[] },
  nowMs: number,
): Promise<StockRefusal | null> {
  const consigned = leaving.flatMap((line) => line.consigned);
  const closed = await closedAmong(
    tx,
    consigned.map(({ member }) => member),
  );
  if (closed.length > 0) {
    return refuse(
      "member_closed",
      `waste of members who are closed still waits to be sold (${closed.slice(0, 5).join(", ")}): take their deposits back first, or correct them`,
    );
  }
  const keys: AccountKey[] = moneyMoved(sale, consigned);
  if (sale.paid !== null) keys.push(...accountsOfPayment(sale.paid, sale));
  await lockAccounts(tx, keys, nowMs);
  return null;
}

async function faultOfParties(tx: Tx, { wasteBank, buyer }: NewSale): Promise<StockRefusal | null> {
  const place = await tx
    .selectFrom("waste_banks")
    .select("parent_id as parent")
    .where("id", "=", wasteBank)
    .executeTakeFirst();
  if (place === undefined) return refuse("unknown_waste_bank", `there is no waste bank ${wasteBank}`);
  if ("wasteBank" in buyer) {
    if (place.parent === buyer.wasteBank) return null;
    const parent = place.parent === null ? "it has none" : `its parent is ${place.parent}`;
    return refuse("not_the_parent", `${wasteBank} can transfer waste to its parent alone; ${parent}`);
  }
  const offTaker = await tx
    .selectFrom("off_takers")
    .select("id")
    .where("id", "=", buyer.offTaker)
    .executeTakeFirst();
  if (offTaker !== undefined) return null;
  return refuse("unknown_off_taker", `there is no off-taker ${buyer.offTaker}; add it first`);
}

async function faultOfMaterials(tx: Tx, { lines }: NewSale): Promise<StockRefusal | null> {
  const known = await tx
    .selectFrom("materials")
    .select("id")
    .where(
      "id",
      "in",
      lines.map(({ material }) => material),
    )
    .execute();
  const unknown = lines.find(({ material }) => !known.some(({ id }) => id === material));
  if (unknown === undefined) return null;
  return refuse("unknown_material", `there is no material ${unknown.material}`);
}

/** What can be seen on the lines alone. */
function faultOfLines({ lines }: NewSale): StockRefusal | null {
  const seen = new Set<string>();
  for (const [index, { material, outG, acceptedG, rejectedG, rejects }] of lines.entries()) {
    const at = `line ${index + 1} (${material})`;
    if (seen.has(material))
      return refuse("material_twice", `${at}: the material stands on an earlier line; add the two up`);
    seen.add(material);
    if (acceptedG + rejectedG > outG) {
      return refuse(
        "more_than_out",
        `${at}: the buyer weighed ${acceptedG + rejectedG} g, more than the ${outG} g that went out; correct what went out, and count the stock if the books then have too little`,
      );
    }
    if (goneG({ outG, acceptedG, rejectedG, rejects, priceIdrPerKg: 0 }) === 0)
      return refuse("nothing_left", `${at}: everything came back; leave the line out`);
  }
  return null;
}

async function leavingLine(
  tx: Tx,
  { wasteBank, buyer, occurredMs }: NewSale,
  { material, ...weighed }: NewSale["lines"][number],
): Promise<LeavingLine | StockRefusal> {
  const place = { wasteBank, material };
  const level = await lockedGrams(tx, place);
  const inStockG = level.ownedG + level.consignedG;
  if (weighed.outG > inStockG) {
    return refuse(
      "not_in_stock",
      `the books have ${inStockG} g of ${material} at ${wasteBank}, not ${weighed.outG} g; count the stock first`,
    );
  }
  const priceIdrPerKg =
    weighed.priceIdrPerKg ?? (await priceOfBuyer(tx, buyer, { material, atMs: occurredMs }));
  if (priceIdrPerKg === null)
    return refuse("no_price", `no price of ${material} holds at the buyer; say for how much it was sold`);
  const line = { ...weighed, priceIdrPerKg };
  const consigned = await oldestConsignments(tx, place, Math.min(level.consignedG, goneG(line)));
  if (consigned === null) return tooMany(material);
  return { material, line, consigned };
}

/** An off-taker's price is nowhere in our books. */
async function priceOfBuyer(
  tx: Tx,
  buyer: Buyer,
  { material, atMs }: { material: string; atMs: number },
): Promise<number | null> {
  if ("offTaker" in buyer) return null;
  const price = await priceInForce(tx, { material, wasteBank: buyer.wasteBank, atMs });
  return price?.priceIdrPerKg ?? null;
}

function tooMany(material: string): StockRefusal {
  return refuse(
    "too_many_consignments",
    `more deposits of ${material} wait to be sold than one sale can pay; sell it in several parts`,
  );
}

interface Priced {
  sale: NewSale;
  lines: SoldLine[];
  totalIdr: number;
  bodyHash: string;
}

async function postSale(tx: Tx, priced: Priced, nowMs: number): Promise<SaleOutcome> {
  const { sale, lines, totalIdr, bodyHash } = priced;
  await tx
    .insertInto("sales")
    .values({
      id: sale.id,
      body_hash: bodyHash,
      waste_bank_id: sale.wasteBank,
      off_taker_id: "offTaker" in sale.buyer ? sale.buyer.offTaker : null,
      buyer_bank_id: "wasteBank" in sale.buyer ? sale.buyer.wasteBank : null,
      total_idr: totalIdr,
      occurred_ms: sale.occurredMs,
      sold_by: sale.soldBy,
      created_ms: nowMs,
    })
    .execute();
  await insertLines(tx, sale.id, lines);
  await insertShares(tx, sale.id, lines);
  const refusal = await postJournals(tx, sale, lines);
  if (refusal !== null) return refusal;
  await openForSale(tx, sale.id, { actor: sale.soldBy, nowMs, reason: "its waste was sold" });
  await recordDeed(tx, {
    actor: sale.soldBy,
    action: "sale.made",
    subject: `sale:${sale.id}`,
    atMs: nowMs,
  });
  if (sale.paid === null) return { kind: "posted" };
  const payment = {
    id: sale.id,
    sale: sale.id,
    ...sale.paid,
    occurredMs: sale.occurredMs,
    paidBy: sale.soldBy,
  };
  const paid = await pay(tx, payment, nowMs);
  return paid.kind === "refused" ? paid : { kind: "posted" };
}

async function insertLines(tx: Tx, sale: string, lines: SoldLine[]): Promise<void> {
  await tx
    .insertInto("sale_lines")
    .values(
      lines.map(({ material, line, split }, index) => ({
        sale_id: sale,
        line: index,
        material_id: material,
        out_g: line.outG,
        accepted_g: line.acceptedG,
        rejected_g: line.rejectedG,
        rejects: line.rejects,
        price_idr_per_kg: line.priceIdrPerKg,
        amount_idr: split.amountIdr,
        consigned_g: split.shares.reduce((sum, { grams }) => sum + grams, 0),
        members_idr: split.shares.reduce((sum, { memberIdr }) => sum + memberIdr, 0),
        cost_idr: split.costIdr,
        loss_idr: split.lossIdr,
      })),
    )
    .execute();
}

async function insertShares(tx: Tx, sale: string, lines: SoldLine[]): Promise<void> {
  const rows = lines
    .flatMap(({ split }) => split.shares)
    .map((share) => shareRow(sale, share.consignment, share));
  for (const part of partsOf(rows)) await tx.insertInto("consignment_sales").values(part).execute();
}

function shareRow(
  sale: string,
  { deposit, line }: Consignment,
  share: { grams: number; proceedsIdr: number; memberIdr: number },
) {
  return {
    sale_id: sale,
    deposit_id: deposit,
    line,
    grams: share.grams,
    proceeds_idr: share.proceedsIdr,
    member_idr: share.memberIdr,
  };
}

/** One journal, or several when the sale pays more members than one holds. */
async function postJournals(tx: Tx, sale: NewSale, lines: SoldLine[]): Promise<StockRefusal | null> {
  const transfers = movementsOf(sale, lines);
  for (let part = 0; part * JOURNAL_TRANSFERS_MAX < transfers.length; part++) {
    const journal = await postJournalWithin(tx, {
      idempotencyKey: part === 0 ? `sale:${sale.id}` : `sale:${sale.id}:${part}`,
      kind: "sale",
      actor: sale.soldBy,
      occurredMs: sale.occurredMs,
      transfers: transfers.slice(part * JOURNAL_TRANSFERS_MAX, (part + 1) * JOURNAL_TRANSFERS_MAX),
    });
    if (journal.kind === "refused")
      return refuse("ledger_refused", `the ledger refuses the sale: ${journal.refusal}`);
    await tx
      .insertInto("sale_journals")
      .values({ sale_id: sale.id, part, journal_id: journal.journalId })
      .execute();
  }
  return null;
}
