/** Promises of the chains: every seal follows from the one before and from its row, and no old row stands unsealed. */
import { sql } from "kysely";
import type { Violation } from "../ledger/violation.ts";
import type { Db } from "../relational/relational-store.ts";
import { CHAINS, type Chain, contentsOf, FIRST_HASH, sealHash } from "./seals.ts";

/** Seals that are recomputed at a time. */
const PAGE_SEALS = 500;

/** Age beyond which a row must be sealed, in milliseconds: two days, for the nightly close seals everything. */
const UNSEALED_MS_MAX = 2 * 86_400_000;

/** Recomputes the chains from their beginning. A broken chain is told of at its first break: behind it nothing can fit. */
export async function brokenSeals(db: Db, nowMs: number): Promise<Violation[]> {
  const violations: Violation[] = [];
  const lastMs = await lastSealing(db);
  for (const chain of CHAINS) {
    // That nobody seals at all is told of journals and deeds; rules may be as old as the programme that sealed nothing yet.
    const untilMs = chain === "journals" || chain === "audit_events" ? nowMs : Math.min(nowMs, lastMs);
    violations.push(
      ...(await firstBreak(db, chain)),
      ...(await unsealedFor(db, chain, untilMs - UNSEALED_MS_MAX)),
    );
  }
  return violations;
}

/** When anything was sealed last; 0 while nothing is. */
async function lastSealing(db: Db): Promise<number> {
  const { last } = await db
    .selectFrom("seals")
    .select(({ fn }) => fn.max("sealed_ms").as("last"))
    .executeTakeFirstOrThrow();
  return last ?? 0;
}

async function firstBreak(db: Db, chain: Chain): Promise<Violation[]> {
  let before = FIRST_HASH;
  for (let last = 0; ; ) {
    const seals = await db
      .selectFrom("seals")
      .select(["seq", "row_id", "hash", "sealed_ms as sealedMs"])
      .where("chain", "=", chain)
      .where("seq", ">", last)
      .orderBy("seq")
      .limit(PAGE_SEALS)
      .execute();
    if (seals.length === 0) return [];
    const contents = await contentsOf(
      db,
      chain,
      seals.map(({ row_id }) => row_id),
    );
    for (const seal of seals) {
      if (seal.seq !== last + 1) {
        return [
          {
            table: "seals",
            id: `${chain}/${seal.seq}`,
            what: "no seal is missing before it",
            expected: last + 1,
            found: seal.seq,
          },
        ];
      }
      const content = contents.get(seal.row_id);
      const expected = content === undefined ? null : sealHash(before, { content, sealedMs: seal.sealedMs });
      if (expected !== seal.hash) {
        const what =
          content === undefined ? "the row of its seal is there" : "is as it was when it was sealed";
        return [{ table: chain, id: seal.row_id, what, expected: seal.hash, found: expected }];
      }
      before = seal.hash;
      last = seal.seq;
    }
  }
}

async function unsealedFor(db: Db, chain: Chain, beforeMs: number): Promise<Violation[]> {
  const madeMs = sql.ref(chain === "audit_events" ? "at_ms" : "created_ms");
  const { rows } = await sql<Violation>`
    select ${chain} as "table", min(r.id) as "id", 'all rows older than two days are sealed, of which it is the first' as "what",
      0 as "expected", count(*) as "found"
    from ${sql.table(chain)} r
    where r.${madeMs} < ${beforeMs} and not exists (select 1 from seals s where s.chain = ${chain} and s.row_id = r.id)
    having count(*) > 0`.execute(db);
  return rows;
}
