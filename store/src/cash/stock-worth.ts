/**
 * What the waste in the stores would fetch: at the average price of the sales to off-takers of the last 90 days, where these weigh enough
 * beside what lies there, else at what was paid for it. One small sale at an odd price says nothing of a full store.
 */
import { amountIdr } from "@jumpa-madu/contracts/amount";
import { sql } from "kysely";
import type { Db } from "../relational/relational-store.ts";
import { idrPerKg } from "../stock/stock-levels.ts";
import { isInForce } from "../trade/price-query.ts";

/** How long sales tell what waste would fetch, in milliseconds: 90 days. */
export const SALES_AGE_MS_MAX = 90 * 86_400_000;

/** What these sales must weigh at least, as a share of what lies in the store. */
export const SALES_SHARE_MIN = 0.1;

/** Whose sales the price is of. */
export type SalesOf = "waste_bank" | "parent" | "programme";

/** Worth of one material at one waste bank. Grams that are consigned belong to members until they are sold. */
export interface MaterialWorth {
  wasteBank: string;
  material: string;
  ownedG: number;
  consignedG: number;
  /** `sales`: average by weight of what buyers paid; `cost`: no sales that weigh enough, so what the own grams had cost. */
  priceFrom: "sales" | "cost";
  /** Null when there is nothing to take an average of. */
  priceIdrPerKg: number | null;
  /** Whose sales, how many grams buyers have accepted by them, and how old they are on the average by weight. Null at cost. */
  salesOf: SalesOf | null;
  salesG: number | null;
  salesAgeMs: number | null;
  ownedIdr: number;
  /** Without sales that weigh enough by the price on the list; nothing when there is none either. */
  consignedIdr: number;
  /** Estimate of what members will get of it: at the share of the latest deposit on these terms. */
  membersIdr: number;
}

interface StockRow {
  wasteBank: string;
  material: string;
  ownedG: number;
  consignedG: number;
  costIdr: number;
  shareBps: number | null;
}

/** Every material that lies in the stores of these waste banks, by waste bank and material. */
export async function worthOfStock(db: Db, wasteBanks: string[], nowMs: number): Promise<MaterialWorth[]> {
  if (wasteBanks.length === 0) return [];
  const { rows } = await sql<StockRow>`
    select stock.waste_bank_id as "wasteBank", stock.material, stock.owned as "ownedG", stock.consigned as "consignedG",
      coalesce(cost.debits_posted - cost.credits_posted, 0) as "costIdr",
      (select c.share_bps from consignments c where c.waste_bank_id = stock.waste_bank_id and c.material_id = stock.material
        order by c.occurred_ms desc limit 1) as "shareBps"
    from (
      select waste_bank_id, substr(ledger, 3) as material,
        cast(sum(case when part is null then debits_posted - credits_posted else 0 end) as bigint) as owned,
        cast(sum(case when part = 'consigned' then debits_posted - credits_posted else 0 end) as bigint) as consigned
      from accounts where kind = 'stock' and waste_bank_id in (${sql.join(wasteBanks)})
      group by waste_bank_id, ledger
    ) stock
    left join accounts cost on cost.kind = 'stock_value' and cost.ledger = 'IDR'
      and cost.waste_bank_id = stock.waste_bank_id and cost.part = stock.material
    where stock.owned > 0 or stock.consigned > 0
    order by stock.waste_bank_id, stock.material`.execute(db);
  if (rows.length === 0) return [];
  const parents = await parentsOf(db, wasteBanks);
  const sales = await latelySold(db, { wanted: rows, parents, nowMs });
  const listed = await listedPrices(db, { wanted: rows, parents, nowMs });
  return rows.map((row) => {
    const { wasteBank, material, ownedG, consignedG } = row;
    const places = [
      { of: "waste_bank", sold: sales.get(`${wasteBank} ${material}`) },
      { of: "parent", sold: sales.get(`${parents.get(wasteBank) ?? ""} ${material}`) },
      { of: "programme", sold: sales.get(`* ${material}`) },
    ] as const;
    const least = (ownedG + consignedG) * SALES_SHARE_MIN;
    const found = places.find(({ sold }) => sold !== undefined && sold.grams >= least);
    if (found?.sold === undefined) return worthAtCost(row, listed.get(`${wasteBank} ${material}`));
    return worthBySales(row, { of: found.of, ...found.sold });
  });
}

/** What was sold of one material by one waste bank, or by all. */
interface Sold {
  grams: number;
  idr: number;
  ageMs: number;
}

function worthBySales(
  { wasteBank, material, ownedG, consignedG, shareBps }: StockRow,
  { of, grams, idr, ageMs }: Sold & { of: SalesOf },
): MaterialWorth {
  const priceIdrPerKg = Math.round((idr / grams) * 1_000);
  const consignedIdr = amountIdr(consignedG, priceIdrPerKg);
  return {
    wasteBank,
    material,
    ownedG,
    consignedG,
    priceFrom: "sales",
    priceIdrPerKg,
    salesOf: of,
    salesG: grams,
    salesAgeMs: ageMs,
    ownedIdr: amountIdr(ownedG, priceIdrPerKg),
    consignedIdr,
    membersIdr: shareOfMembers(consignedIdr, shareBps),
  };
}

function worthAtCost(
  { costIdr, shareBps, ...stock }: StockRow,
  listedIdrPerKg: number | undefined,
): MaterialWorth {
  const consignedIdr = amountIdr(stock.consignedG, listedIdrPerKg ?? 0);
  return {
    ...stock,
    priceFrom: "cost",
    priceIdrPerKg: idrPerKg(costIdr, stock.ownedG),
    salesOf: null,
    salesG: null,
    salesAgeMs: null,
    ownedIdr: costIdr,
    consignedIdr,
    membersIdr: shareOfMembers(consignedIdr, shareBps),
  };
}

/** Of consigned waste that no deposit explains nothing is known, so all of it counts as the members'. */
function shareOfMembers(consignedIdr: number, shareBps: number | null): number {
  return Math.ceil((consignedIdr * (shareBps ?? 10_000)) / 10_000);
}

/** Parents of those of the waste banks that have one. */
async function parentsOf(db: Db, wasteBanks: string[]): Promise<Map<string, string>> {
  const banks = await db
    .selectFrom("waste_banks")
    .select(["id", "parent_id as parent"])
    .where("id", "in", wasteBanks)
    .where("parent_id", "is not", null)
    .$narrowType<{ parent: string }>()
    .execute();
  return new Map(banks.map(({ id, parent }) => [id, parent]));
}

/** Stock whose worth is looked for, and the parents of its waste banks. */
interface Wanted {
  wanted: { wasteBank: string; material: string }[];
  parents: Map<string, string>;
  nowMs: number;
}

/** What off-takers have accepted by sales that stand (what a unit delivers to its parent has a price of the house, not the market's), of each waste bank and its parent, and under `*` of all. */
async function latelySold(db: Db, { wanted, parents, nowMs }: Wanted): Promise<Map<string, Sold>> {
  const materials = [...new Set(wanted.map(({ material }) => material))];
  const sellers = [...new Set([...wanted.map(({ wasteBank }) => wasteBank), ...parents.values()])];
  const sums = sql`cast(sum(line.accepted_g) as bigint) as grams, cast(sum(line.amount_idr) as bigint) as idr,
    cast(sum(1.0 * line.accepted_g * (${nowMs} - sale.occurred_ms)) / sum(line.accepted_g) as bigint) as "ageMs"
    from sales sale join sale_lines line on line.sale_id = sale.id
    where sale.occurred_ms >= ${nowMs - SALES_AGE_MS_MAX} and line.accepted_g > 0 and sale.off_taker_id is not null
      and line.material_id in (${sql.join(materials)})
      and not exists (select 1 from sale_voids v where v.sale_id = sale.id)`;
  const { rows } = await sql<Sold & { seller: string; material: string }>`
    select sale.waste_bank_id as seller, line.material_id as material, ${sums}
      and sale.waste_bank_id in (${sql.join(sellers)})
    group by sale.waste_bank_id, line.material_id
    union all
    select '*' as seller, line.material_id as material, ${sums} group by line.material_id`.execute(db);
  return new Map(
    rows.map(({ seller, material, grams, idr, ageMs }) => [
      `${seller} ${material}`,
      // Clocks may differ: a sale of this minute is not of the future.
      { grams, idr, ageMs: Math.max(0, ageMs) },
    ]),
  );
}

/** Prices on the list, by waste bank and material: the own one, else the parent's, else the general one. */
async function listedPrices(db: Db, { wanted, parents, nowMs }: Wanted): Promise<Map<string, number>> {
  const owners = [...new Set([...wanted.map(({ wasteBank }) => wasteBank), ...parents.values()])];
  const rows = await db
    .selectFrom("prices")
    .select([
      "prices.waste_bank_id as owner",
      "prices.material_id as material",
      "prices.price_idr_per_kg as priceIdrPerKg",
    ])
    .where("prices.material_id", "in", [...new Set(wanted.map(({ material }) => material))])
    .where((eb) => eb.or([eb("prices.waste_bank_id", "is", null), eb("prices.waste_bank_id", "in", owners)]))
    .where(isInForce(nowMs))
    .execute();
  const listed = new Map<string, number>();
  for (const { owner, material, priceIdrPerKg } of rows) {
    // An own price that was ended leaves the place to the others.
    if (priceIdrPerKg !== null) listed.set(`${owner ?? ""} ${material}`, priceIdrPerKg);
  }
  const found = new Map<string, number>();
  for (const { wasteBank, material } of wanted) {
    const places = [wasteBank, parents.get(wasteBank) ?? wasteBank, ""];
    const price = places.map((owner) => listed.get(`${owner} ${material}`)).find((one) => one !== undefined);
    if (price !== undefined) found.set(`${wasteBank} ${material}`, price);
  }
  return found;
}
