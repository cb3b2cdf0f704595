/** Margin: what was sold, what it had cost, and what is left, for each material. */
import { sql } from "kysely";
import type { AccountKind } from "../ledger/account.ts";
import type { Db } from "../relational/relational-store.ts";
import { SOLD_BEFORE } from "../trade/sold-before.ts";
import { type Flow, flowsOf, type Period } from "./period-flows.ts";
import { idrPerKg } from "./stock-levels.ts";

/** One material. Sales that were voided are taken off when they are voided. */
export interface MaterialMargin {
  material: string;
  /** Grams that buyers, and the parent, have accepted. */
  soldG: number;
  salesIdr: number;
  /** What own waste had cost, and what members got of the sale of theirs. */
  costIdr: number;
  membersIdr: number;
  /** What was lost was worth, less what was found. */
  shrinkageIdr: number;
  marginIdr: number;
  /** For a kilogram that was sold; null when none was. */
  averageBuyIdrPerKg: number | null;
  averageSellIdrPerKg: number | null;
}

const RUPIAH: AccountKind[] = ["sales", "cost_of_sales", "shrinkage_value"];
const GRAMS: AccountKind[] = ["sold", "delivered"];

/** Margins of a waste bank over a time, by material. */
export async function marginsOf(db: Db, period: Period): Promise<MaterialMargin[]> {
  const all = await flowsOf(db, period, [...RUPIAH, ...GRAMS]);
  // What an older book has sold brought no sales here, and would make the averages of those too low.
  const flows = all.filter(({ kind, part }) => kind !== "sold" || part !== SOLD_BEFORE);
  const members = await membersShare(db, period);
  const byMaterial = Map.groupBy(flows, ({ ledger, part }) => part ?? ledger.slice("g:".length));
  return [...byMaterial]
    .map(([material, ofMaterial]) => marginOf(material, ofMaterial, members.get(material) ?? 0))
    .sort((one, other) => (one.material < other.material ? -1 : 1));
}

function marginOf(material: string, flows: Flow[], membersIdr: number): MaterialMargin {
  const of = (...kinds: AccountKind[]) =>
    flows.filter(({ kind }) => kinds.includes(kind)).reduce((sum, { within }) => sum + within, 0);
  const [soldG, salesIdr, allCostIdr] = [of("sold", "delivered"), of("sales"), of("cost_of_sales")];
  const shrinkageIdr = of("shrinkage_value");
  return {
    material,
    soldG,
    salesIdr,
    costIdr: allCostIdr - membersIdr,
    membersIdr,
    shrinkageIdr,
    marginIdr: salesIdr - allCostIdr - shrinkageIdr,
    averageBuyIdrPerKg: idrPerKg(allCostIdr, soldG),
    averageSellIdrPerKg: idrPerKg(salesIdr, soldG),
  };
}

/** Of the cost of sales, what went to members by their share, less what came back. */
async function membersShare(db: Db, { wasteBank, fromMs, toMs }: Period): Promise<Map<string, number>> {
  const { rows } = await sql<{ material: string; amount: number }>`
    select material, cast(sum(amount) as bigint) as "amount" from (
      select cost.part as material, t.amount, t.journal_id from accounts cost
      join transfers t on t.debit_account_id = cost.id
      join accounts other on other.id = t.credit_account_id and other.kind = 'member_savings'
      where cost.waste_bank_id = ${wasteBank} and cost.kind = 'cost_of_sales'
      union all
      select cost.part, -t.amount, t.journal_id from accounts cost
      join transfers t on t.credit_account_id = cost.id
      join accounts other on other.id = t.debit_account_id and other.kind = 'member_savings'
      where cost.waste_bank_id = ${wasteBank} and cost.kind = 'cost_of_sales'
    ) moved join journals j on j.id = moved.journal_id
    where j.occurred_ms >= ${fromMs} and j.occurred_ms < ${toMs} group by material`.execute(db);
  return new Map(rows.map(({ material, amount }) => [material, amount]));
}
