/**
 * Promises of the closes: each stands on the seals that it names, and the last of a waste bank says what the journals say. That none
 * is changed or taken out is a promise of its deed: see deed-row-checks.ts.
 */
import { sql } from "kysely";
import type { Violation } from "../ledger/violation.ts";
import type { Db } from "../relational/relational-store.ts";
import { type NamedHead, readHeads } from "./chain-heads.ts";
import type { CloseTotals } from "./close-day.ts";
import { FIRST_HASH } from "./seals.ts";

/** Every breach; empty in good order. `heads`: heads of chains that somebody has kept outside, which must be in them as well. */
export async function brokenCloses(db: Db, heads: NamedHead[]): Promise<Violation[]> {
  return [
    ...(await wrongHeads(db)),
    ...(await missingHeads(db, await headsOfCloses(db), "is there as a close has named it")),
    ...(await missingHeads(db, heads, "is there as it was written down")),
    ...(await wrongStandings(db)),
  ];
}

/** Heads that closes have named, each once. */
async function headsOfCloses(db: Db): Promise<NamedHead[]> {
  const said = await db
    .selectFrom("audit_events")
    .select("reason")
    .distinct()
    .where("action", "=", "day.closed")
    .where("reason", "is not", null)
    .orderBy("reason")
    .execute();
  const heads = said.flatMap(({ reason }) => readHeads(reason ?? ""));
  return [...new Map(heads.map((head) => [`${head.chain} ${head.seq} ${head.hash}`, head])).values()];
}

/** Seals that are looked up at a time. */
const PAGE_SEALS = 500;

/** A chain that ends before one of these heads, or has another hash there: its newest seals were taken out, or it was made anew. */
async function missingHeads(db: Db, heads: NamedHead[], what: string): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const [chain, ofChain] of Map.groupBy(heads, (head) => head.chain)) {
    for (let from = 0; from < ofChain.length; from += PAGE_SEALS) {
      const page = ofChain.slice(from, from + PAGE_SEALS);
      const seals = await db
        .selectFrom("seals")
        .select(["seq", "hash"])
        .where("chain", "=", chain)
        .where(
          "seq",
          "in",
          page.map(({ seq }) => seq),
        )
        .execute();
      const hashes = new Map(seals.map(({ seq, hash }) => [seq, hash]));
      for (const { seq, hash: expected } of page) {
        const found = seq === 0 ? FIRST_HASH : (hashes.get(seq) ?? null);
        if (found !== expected)
          violations.push({ table: "seals", id: `${chain}/${seq}`, what, expected, found });
      }
    }
  }
  return violations;
}

async function wrongHeads(db: Db): Promise<Violation[]> {
  const { rows } = await sql<Violation>`
    select 'closes' as "table", id, 'stands on the seal that it names' as "what", found, expected from (
      select c.id, c.head_hash as found, coalesce(
        (select s.hash from seals s where s.chain = 'journals' and s.seq = c.upto_seq),
        case when c.upto_seq = 0 then ${FIRST_HASH} end) as expected
      from closes c
      union all
      select c.id, c.audit_head_hash, coalesce(
        (select s.hash from seals s where s.chain = 'audit_events' and s.seq = c.audit_seq),
        case when c.audit_seq = 0 then ${FIRST_HASH} end)
      from closes c
    ) heads where found is distinct from expected order by id limit 100`.execute(db);
  return rows;
}

/** Adds up all sealed journals once; the closes before the last are covered by it, because each goes on from the one before. */
async function wrongStandings(db: Db): Promise<Violation[]> {
  const closes = await db
    .selectFrom("closes as c")
    .select(["c.id", "c.waste_bank_id as wasteBank", "c.totals"])
    .where(sql<boolean>`c.day = (select max(l.day) from closes l where l.waste_bank_id = c.waste_bank_id)`)
    .orderBy("c.id")
    .execute();
  if (closes.length === 0) return [];
  const byBank = Map.groupBy(await standingsAtLast(db), ({ wasteBank }) => wasteBank);
  return closes.flatMap(({ id, wasteBank, totals }): Violation[] => {
    const said = readTotals(totals);
    if (said === null)
      return [{ table: "closes", id, what: "its totals can be read", expected: "JSON", found: null }];
    const standings = new Map((byBank.get(wasteBank) ?? []).map(({ key, standing }) => [key, standing]));
    const found = new Map(said.accounts.map((one) => [`${one.ledger}/${one.kind}`, one.standing]));
    return [...new Set([...found.keys(), ...standings.keys()])]
      .filter((key) => (found.get(key) ?? 0) !== (standings.get(key) ?? 0))
      .map((key) => ({
        table: "closes",
        id,
        what: `stands as the journals say in ${wasteBank}/${key}`,
        expected: standings.get(key) ?? 0,
        found: found.get(key) ?? 0,
      }));
  });
}

/** Null when somebody has written what cannot be read. */
function readTotals(text: string): CloseTotals | null {
  try {
    const totals: CloseTotals = JSON.parse(text);
    return totals.accounts.every((one) => typeof one.ledger === "string") ? totals : null;
  } catch {
    return null;
  }
}

/** Where every kind of account stood at the last close of its waste bank. */
async function standingsAtLast(db: Db): Promise<{ wasteBank: string; key: string; standing: number }[]> {
  const sealed = sql`seals s join transfers t on t.journal_id = s.row_id
    where s.chain = 'journals' and t.phase in ('post', 'settle')`;
  const { rows } = await sql<{ wasteBank: string; key: string; standing: number }>`
    select a.waste_bank_id as "wasteBank", a.ledger || '/' || a.kind as "key", cast(sum(m.amount) as bigint) as "standing"
    from (
      select s.seq, t.debit_account_id as account_id, t.amount as amount from ${sealed}
      union all
      select s.seq, t.credit_account_id, -t.amount from ${sealed}
    ) m join accounts a on a.id = m.account_id
    join (select waste_bank_id, max(upto_seq) as upto_seq from closes group by waste_bank_id) last
      on last.waste_bank_id = a.waste_bank_id and m.seq <= last.upto_seq
    group by a.waste_bank_id, a.ledger, a.kind`.execute(db);
  return rows;
}
