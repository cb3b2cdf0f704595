/** Promises about who did what: whom a row names for a deed, when and with which words, is what the audit log says. */
import { type RawBuilder, sql } from "kysely";
import { type Check, type Violation, within } from "../ledger/violation.ts";
import type { Tables } from "../relational/tables.ts";
import { NAMED_DEEDS, type NamedDeed } from "./named-deeds.ts";

/** What a check looks for in the rows `r` that a deed of `a` is about. */
interface Breach {
  what: string;
  expected: RawBuilder<unknown>;
  found: RawBuilder<unknown>;
  where: RawBuilder<unknown>;
}

function checksOf(deed: NamedDeed): Check[] {
  const { table, column, isUser, actions, subject, id = "id", walked = table } = deed;
  const who = isUser ? sql`'user:' || r.${sql.ref(column)}` : sql.ref(`r.${column}`);
  const isSuch = sql`a.subject = ${subject} and a.action in (${actions})`;
  const told = (of: string) => sql`(select max(a.${sql.ref(of)}) from audit_events a where ${isSuch})`;
  const isTold = (more: RawBuilder<unknown>) =>
    sql`exists (select 1 from audit_events a where ${isSuch} and ${more})`;
  const isNamed = sql`r.${sql.ref(column)} is not null and ${deed.told ?? sql`1 = 1`}`;
  const breaches: Breach[] = [
    {
      what: `${column} is who did it by the audit log`,
      expected: told("actor"),
      found: who,
      where: sql`${isNamed} and not ${isTold(sql`a.actor = ${who}`)}`,
    },
    {
      what: `${column} names who did it`,
      expected: told("actor"),
      found: sql`null`,
      where: sql`r.${sql.ref(column)} is null and ${deed.must ?? isTold(sql`1 = 1`)}`,
    },
  ];
  if (deed.at !== undefined) {
    const at = sql.ref(`r.${deed.at}`);
    breaches.push({
      what: `${deed.at} is when it was done by the audit log`,
      expected: told("at_ms"),
      found: at,
      where: sql`${isNamed} and ${isTold(sql`a.actor = ${who}`)} and not ${isTold(sql`a.actor = ${who} and a.at_ms = ${at}`)}`,
    });
  }
  if (deed.reason !== undefined) {
    // Words of people are not shown.
    const words = sql.ref(`r.${deed.reason}`);
    breaches.push({
      what: `${deed.reason} is what the audit log says`,
      expected: sql`null`,
      found: sql`null`,
      where: sql`${isNamed} and ${isTold(sql`a.actor = ${who}`)} and not ${isTold(sql`a.actor = ${who} and a.reason = ${words}`)}`,
    });
  }
  return breaches.map(({ what, expected, found, where }) => ({
    table: walked,
    breaches: (page) => sql<Violation>`
      select ${sql.lit(table)} as "table", r.${sql.ref(id)} as "id", ${sql.lit(what)} as "what", ${expected} as "expected",
        ${found} as "found"
      from ${sql.table(table)} r where ${within(`r.${id}`, page)} and ${where}`,
  }));
}

/** Names that a row takes over from another, so that a CHECK can hold the two people of a deed apart. */
const COPIED_NAMES: readonly {
  table: keyof Tables;
  column: string;
  /** Column of the id of the row that it is taken from. */
  by: string;
  from: { table: keyof Tables; column: string; id: string };
}[] = [
  {
    table: "sale_voids",
    column: "sold_by",
    by: "sale_id",
    from: { table: "sales", column: "sold_by", id: "id" },
  },
  {
    table: "stock_count_ends",
    column: "counted_by",
    by: "count_id",
    from: { table: "stock_counts", column: "counted_by", id: "id" },
  },
  {
    table: "mass_approvals",
    column: "requested_by",
    by: "mass_id",
    from: { table: "mass_withdrawals", column: "requested_by", id: "id" },
  },
  {
    table: "cash_movement_voids",
    column: "requested_by",
    by: "movement_id",
    from: { table: "cash_movements", column: "requested_by", id: "id" },
  },
  {
    table: "expense_voids",
    column: "spent_by",
    by: "expense_id",
    from: { table: "expenses", column: "spent_by", id: "id" },
  },
  {
    table: "shift_confirmations",
    column: "cashier_id",
    by: "shift_id",
    from: { table: "shifts", column: "user_id", id: "id" },
  },
];

const copyChecks: Check[] = COPIED_NAMES.map(({ table, column, by, from }) => ({
  table: from.table,
  breaches: (page) => sql<Violation>`
    select ${sql.lit(table)} as "table", r.${sql.ref(by)} as "id",
      ${sql.lit(`${column} is the ${from.column} of ${from.table}`)} as "what",
      o.${sql.ref(from.column)} as "expected", r.${sql.ref(column)} as "found"
    from ${sql.table(from.table)} o join ${sql.table(table)} r on r.${sql.ref(by)} = o.${sql.ref(from.id)}
    where ${within(`o.${from.id}`, page)} and r.${sql.ref(column)} <> o.${sql.ref(from.column)}`,
}));

/** Closed and opened again by turns, each time by a deed; erased once, for ever. */
const memberChecks: Check[] = [
  {
    table: "members",
    breaches: (page) => sql<Violation>`
      select 'members' as "table", id, 'is closed when the audit log says so, and only then' as "what", expected, found from (
        select r.id, case when r.closed_ms is null then 0 else 1 end as found,
          (select count(*) from audit_events a where a.subject = 'member:' || r.id and a.action = 'member.closed')
          - (select count(*) from audit_events a where a.subject = 'member:' || r.id and a.action = 'member.reopened') as expected
        from members r where ${within("r.id", page)}
      ) counted where expected <> found`,
  },
  {
    table: "members",
    breaches: (page) => sql<Violation>`
      select 'members' as "table", id, 'is erased when the audit log says so, and only then' as "what", expected, found from (
        select r.id, r.erased_ms as found,
          (select max(a.at_ms) from audit_events a where a.subject = 'member:' || r.id and a.action = 'member.erased') as expected
        from members r where ${within("r.id", page)}
      ) counted where expected is distinct from found`,
  },
];

/** An act of consent is never taken out; it is taken back by another. */
const consentChecks: Check[] = (["given", "withdrawn"] as const).map((act) => ({
  table: "members",
  breaches: (page) => sql<Violation>`
    select 'consents' as "table", id, ${sql.lit(`consent is ${act} as often as the audit log says`)} as "what", expected, found from (
      select r.id, (select count(*) from consents c where c.member_id = r.id and c.act = ${sql.lit(act)}) as found,
        (select count(*) from audit_events a where a.subject = 'member:' || r.id and a.action = ${sql.lit(`consent.${act}`)}) as expected
      from members r where ${within("r.id", page)}
    ) counted where expected <> found`,
}));

/** A limit or a fee begins with its approval where that is later than its start. */
const beginChecks: Check[] = (["payout_limits", "payout_fees"] as const).map((table) => ({
  table,
  breaches: (page) => sql<Violation>`
    select ${sql.lit(table)} as "table", id, 'begins with its start or its approval, whichever is later' as "what", expected, found from (
      select r.id, r.begins_ms as found, case when r.state = 'approved' then
        case when r.valid_from_ms > r.decided_ms then r.valid_from_ms else r.decided_ms end end as expected
      from ${sql.table(table)} r where ${within("r.id", page)}
    ) counted where found is distinct from expected`,
}));

/** Who decided, and when, is in the log; a decision that the row no longer tells of is found by its deed. */
const undecidedChecks: Check[] = (
  [
    ["payout_limits", "payout_limit"],
    ["payout_fees", "payout_fee"],
  ] as const
).map(([table, subject]) => ({
  table,
  breaches: (page) => sql<Violation>`
    select ${sql.lit(table)} as "table", r.id as id, 'is decided as the audit log says' as "what",
      a.action || ' ' || a.at_ms as "expected", r.state || ' ' || coalesce(r.decided_ms, 0) as "found"
    from ${sql.table(table)} r join audit_events a on a.subject = ${sql.lit(`${subject}:`)} || r.id
      and a.action in (${sql.lit(`${subject}.approved`)}, ${sql.lit(`${subject}.rejected`)})
    where ${within("r.id", page)}
      and (a.action <> ${sql.lit(`${subject}.`)} || r.state or a.at_ms is distinct from r.decided_ms)`,
}));

export const DEED_CHECKS: Check[] = [
  ...NAMED_DEEDS.flatMap(checksOf),
  ...copyChecks,
  ...memberChecks,
  ...consentChecks,
  ...beginChecks,
  ...undecidedChecks,
];
