/** Promises about rows that a person makes: each is as its deed says, and the row of each deed is there. */
import { sql } from "kysely";
import type { Violation } from "../ledger/violation.ts";
import type { Db } from "../relational/relational-store.ts";
import { DEED_ROWS, type DeedRows, fingerprintsOf } from "./deed-rows.ts";

/** Rows that are compared with their deeds at a time. */
const PAGE_IDS = 500;

/** Breaches of either kind that are told of each table: whoever has read a hundred knows enough. */
export const DEED_BREACHES_MAX = 100;

/** Every breach; empty in good order. */
export async function brokenDeedRows(db: Db): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const rows of DEED_ROWS)
    violations.push(...(await changedRows(db, rows)), ...(await lostRows(db, rows)));
  return violations;
}

async function changedRows(db: Db, rows: DeedRows): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (let after = ""; ; ) {
    const ids = await idsAfter(db, rows, after);
    const last = ids.at(-1);
    if (last === undefined || violations.length >= DEED_BREACHES_MAX)
      return violations.slice(0, DEED_BREACHES_MAX);
    const told = await newestDeeds(db, rows, ids);
    for (const [id, found] of await fingerprintsOf(db, rows, ids)) {
      const expected = told.get(`${rows.subject}:${id}`);
      if (expected?.has(found) || (expected === undefined && rows.mayLackDeed)) continue;
      violations.push({
        table: rows.table,
        id,
        what: "is as its deed says",
        expected: [...(expected ?? [])][0] ?? null,
        found,
      });
    }
    after = last;
  }
}

async function idsAfter(db: Db, { table, key }: DeedRows, after: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct ${sql.ref(key)} as id from ${sql.table(table)} where ${sql.ref(key)} > ${after}
    order by 1 limit ${PAGE_IDS}`.execute(db);
  return rows.map(({ id }) => id);
}

/** Fingerprints of the newest deeds, by subject. Those of one millisecond have no order among themselves. */
async function newestDeeds(
  db: Db,
  { subject, actions }: DeedRows,
  ids: string[],
): Promise<Map<string, Set<string>>> {
  const deeds = await db
    .selectFrom("audit_events")
    .select(["subject", "row_hash as hash", "at_ms as atMs"])
    .where(
      "subject",
      "in",
      ids.map((id) => `${subject}:${id}`),
    )
    .where("action", "in", actions)
    .execute();
  return new Map(
    [...Map.groupBy(deeds, (deed) => deed.subject)].map(([of, all]) => {
      const newestMs = Math.max(...all.map(({ atMs }) => atMs));
      return [of, new Set(all.filter(({ atMs }) => atMs === newestMs).map(({ hash }) => hash ?? ""))];
    }),
  );
}

async function lostRows(db: Db, { table, key, subject, actions }: DeedRows): Promise<Violation[]> {
  const { rows } = await sql<Violation>`
    select ${sql.lit(table)} as "table", substr(a.subject, ${sql.lit(subject.length + 2)}) as "id",
      'the row of its deed is there' as "what", a.action as "expected", null as "found"
    from audit_events a where a.action in (${sql.join(actions)})
      and not exists (
        select 1 from ${sql.table(table)} r where r.${sql.ref(key)} = substr(a.subject, ${sql.lit(subject.length + 2)})
      ) order by a.id limit ${sql.lit(DEED_BREACHES_MAX)}`.execute(db);
  return rows;
}
