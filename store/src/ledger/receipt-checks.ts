/** Promises about what receipts say: priced by the list or flagged, weighed or answered for, and numbered without gaps. */
import { type RawBuilder, sql } from "kysely";
import { type Check, type Page, type Violation, within } from "./violation.ts";

/** A check over single lines `l` of deposits `d`, with the price `p` and the flag `f` that they may have. */
function lineCheck(
  what: string,
  sides: { expected: RawBuilder<unknown>; found: RawBuilder<unknown>; where: RawBuilder<unknown> },
): Check {
  return {
    table: "deposits",
    breaches: (page: Page) => sql<Violation>`
      select 'deposit_lines' as "table", d.id as id, ${sql.lit(what)} as "what", ${sides.expected} as expected, ${sides.found} as found
      from deposits d join deposit_lines l on l.deposit_id = d.id
      left join prices p on p.id = l.price_id
      left join deposit_differences f on f.deposit_id = l.deposit_id and f.line = l.line
      where ${within("d.id", page)} and ${sides.where}`,
  };
}

const worth = sql`(l.net_g * p.price_idr_per_kg + 500) / 1000`;
const isPriced = sql`d.amount_rule = 'half-up-per-line-1'`;

/** A receipt is honoured whatever it says; what it says otherwise than the price list must be flagged, with both amounts. */
const priceCheck = lineCheck("amount is weight by price, rounded half up, or flagged", {
  expected: worth,
  found: sql`l.amount_idr`,
  where: sql`${isPriced} and d.settlement = 'purchase' and (
    (f.id is null and (l.amount_idr is distinct from ${worth} or l.price_idr_per_kg is distinct from p.price_idr_per_kg))
    or (f.id is not null and (f.printed_idr <> l.amount_idr or f.computed_idr is distinct from ${worth})))`,
});

const shareCheck = lineCheck("nothing is owed before the waste is sold", {
  expected: sql`0`,
  found: sql`l.amount_idr`,
  where: sql`d.settlement = 'share_of_sale' and l.amount_idr <> 0`,
});

const materialCheck = lineCheck("its price is one of its material", {
  expected: sql`l.material_id`,
  found: sql`p.material_id`,
  where: sql`${isPriced} and p.material_id is distinct from l.material_id`,
});

/** Only an import has lines without a price and without evidence. */
const evidenceCheck = lineCheck("has the scale's frame, or somebody who answers for what was typed", {
  expected: sql`1`,
  found: sql`case when l.raw is not null then 1 else 0 end + case when l.supervisor_id is not null then 1 else 0 end`,
  where: sql`${isPriced} and (l.raw is null) = (l.supervisor_id is null)`,
});

const flagCheck: Check = {
  table: "deposit_differences",
  breaches: (page) => sql<Violation>`
    select 'deposit_differences' as "table", f.id as id, 'says what the receipt says' as "what",
      case when f.line = -1 then d.total_idr else l.amount_idr end as expected, f.printed_idr as found
    from deposit_differences f
    left join deposits d on d.id = f.deposit_id
    left join deposit_lines l on l.deposit_id = f.deposit_id and l.line = f.line
    where ${within("f.id", page)}
      and f.printed_idr is distinct from case when f.line = -1 then d.total_idr else l.amount_idr end`,
};

/** Every number that a series has given out is on a deposit, a payout of cash, or cash for somebody who has left. */
const seriesCheck: Check = {
  table: "receipt_series",
  breaches: (page) => sql<Violation>`
    select 'receipt_series' as "table", id, 'its numbers have no gap' as "what", expected, found from (
      select s.id, s.next_no - 1 as expected,
        (select count(*) from deposits d where d.waste_bank_id = s.waste_bank_id and d.device = s.device)
        + (select count(*) from cash_payouts c where c.waste_bank_id = s.waste_bank_id and c.device = s.device)
        + (select count(*) from owed_settlements o where o.waste_bank_id = s.waste_bank_id and o.device = s.device) as found
      from receipt_series s where ${within("s.id", page)}
    ) counted where expected <> found`,
};

/** Numbers that were drawn, by the table of rows that have them; only terminals and imports bring numbers of their own. */
const NUMBERED = [
  { table: "deposits", id: "id", walked: "deposits", drawn: sql`r.source in ('counter', 'door')` },
  { table: "cash_payouts", id: "payout_id", walked: "payouts", drawn: sql`1 = 1` },
  { table: "owed_settlements", id: "id", walked: "owed_settlements", drawn: sql`r.receipt_no is not null` },
] as const;

/** A series that is gone would begin anew, with numbers that are on receipts already. */
const drawnChecks: Check[] = NUMBERED.map(({ table, id, walked, drawn }) => ({
  table: walked,
  breaches: (page) => sql<Violation>`
    select ${sql.lit(table)} as "table", r.${sql.ref(id)} as "id", 'the series of its receipt is there' as "what",
      r.device as "expected", null as "found"
    from ${sql.table(table)} r where ${within(`r.${id}`, page)} and ${drawn} and not exists (
      select 1 from receipt_series s where s.waste_bank_id = r.waste_bank_id and s.device = r.device)`,
}));

export const RECEIPT_CHECKS: Check[] = [
  priceCheck,
  shareCheck,
  materialCheck,
  evidenceCheck,
  flagCheck,
  seriesCheck,
  ...drawnChecks,
];
