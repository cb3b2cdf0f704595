/**
 * Seals: a hash chain over the journals, one over the audit log, and one over each table of rules that money is reckoned by.
 *
 * The hash of a seal is SHA-256 over the hash before it, over when it was set and over its row: a journal with its transfers, and with the row that it was
 * posted for where that row is never changed and may have no person's deed, such as a terminal's deposit. Whoever changes,
 * takes out or slips in a row later, behind the triggers' back, breaks the chain from there on; whoever then makes the whole
 * chain anew ends at another head than the one that is printed on every close.
 *
 * Rows are sealed after their commit, not with it: a chain that every posting extends would make all of them wait for one
 * row. The price is that the newest rows stand unsealed until the next sealing.
 */
import { createHash } from "node:crypto";
import { firstEventIdOf } from "@jumpa-madu/contracts/ids";
import { type Selectable, sql } from "kysely";
import type { Db, RelationalStore, Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import type { Tables } from "../relational/tables.ts";
import { columnsOf, rowsById } from "./rows-by-id.ts";

/** The chains, each named for the table that it seals. */
export const CHAINS = [
  "journals",
  "audit_events",
  "prices",
  "terms",
  "savings_rules",
  "payout_limits",
  "payout_fees",
] as const;
export type Chain = (typeof CHAINS)[number];

/** Columns that a seal covers where it is not all of them: those that are decided later follow from the audit log. */
const SEALED_COLUMNS: Partial<Record<Chain, string[]>> = {
  payout_limits: [
    "id",
    "scope",
    "channel_kind",
    "waste_bank_id",
    "amount_idr",
    "valid_from_ms",
    "created_ms",
    "created_by",
  ],
  payout_fees: [
    "id",
    "channel_kind",
    "fee_idr",
    "bearer",
    "is_refunded",
    "valid_from_ms",
    "created_ms",
    "created_by",
  ],
};

/** Rows that one transaction seals. */
const SEAL_BATCH_ROWS = 500;

/** PostgreSQL's advisory lock of whoever seals: a number of no other meaning. */
const SEAL_LOCK = 7_325_001;

/** Hash before the first seal. */
export const FIRST_HASH = "0".repeat(64);

/** End of a chain; `seq` 0 while nothing is sealed. */
export interface ChainHead {
  seq: number;
  hash: string;
  sealedMs: number;
}

/** Seals the new rows of every chain: see sealRows. */
export async function sealAll(
  store: RelationalStore,
  how: { since: "last" | "ever"; nowMs: number },
): Promise<void> {
  for (const chain of CHAINS) await sealRows(store, chain, how);
}

/** How many rows each chain has not sealed yet; a chain that has sealed all is left out. A head proves nothing of such rows. */
export async function unsealedOf(db: Db): Promise<Partial<Record<Chain, number>>> {
  const unsealed: Partial<Record<Chain, number>> = {};
  for (const chain of CHAINS) {
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from ${sql.table(chain)} r
      where not exists (select 1 from seals s where s.chain = ${chain} and s.row_id = r.id)`.execute(db);
    const count = Number(rows[0]?.count ?? 0);
    if (count > 0) unsealed[chain] = count;
  }
  return unsealed;
}

/** The last seal of a chain. */
export async function headOf(db: Db, chain: Chain): Promise<ChainHead> {
  const row = await db
    .selectFrom("seals")
    .select(["seq", "hash", "sealed_ms as sealedMs"])
    .where("chain", "=", chain)
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();
  return row ?? { seq: 0, hash: FIRST_HASH, sealedMs: 0 };
}

/** Hash of the seal that is set at this time on a row whose content is given, after the seal whose hash is given. */
export function sealHash(
  before: string,
  { content, sealedMs }: { content: unknown; sealedMs: number },
): string {
  return createHash("sha256")
    .update(`${before}\n${sealedMs}\n${requestHash(content)}`)
    .digest("hex");
}

/** How far before the last sealing a row may have been made that was committed only after it, in milliseconds. */
const LATE_COMMIT_MS = 3_600_000;

/**
 * Seals the rows that are committed and not sealed yet; answers how many. `since: "last"` looks no further back than an
 * hour before the last sealing, which costs the same however long the books are; `"ever"` looks at all of them.
 */
export async function sealRows(
  store: RelationalStore,
  chain: Chain,
  { since, nowMs }: { since: "last" | "ever"; nowMs: number },
): Promise<number> {
  for (let sealed = 0; ; ) {
    const count = await store.transaction(async (tx) => {
      // On SQLite the transaction itself keeps a second sealer out.
      if (store.engine === "postgres") await sql`select pg_advisory_xact_lock(${SEAL_LOCK})`.execute(tx);
      return await sealBatch(tx, chain, { since, nowMs });
    });
    sealed += count;
    if (count < SEAL_BATCH_ROWS) return sealed;
  }
}

async function sealBatch(
  tx: Tx,
  chain: Chain,
  { since, nowMs }: { since: "last" | "ever"; nowMs: number },
): Promise<number> {
  const head = await headOf(tx, chain);
  const fromId = since === "last" ? firstEventIdOf(head.sealedMs - LATE_COMMIT_MS) : "";
  const { rows } = await sql<{ id: string }>`
    select r.id from ${sql.table(chain)} r
    where r.id > ${fromId} and not exists (select 1 from seals s where s.chain = ${chain} and s.row_id = r.id)
    order by r.id limit ${SEAL_BATCH_ROWS}`.execute(tx);
  const ids = rows.map(({ id }) => id);
  const contents = await contentsOf(tx, chain, ids);
  let { seq, hash } = head;
  const seals = ids.map((id) => {
    seq += 1;
    hash = sealHash(hash, { content: contents.get(id), sealedMs: nowMs });
    return { chain, seq, row_id: id, hash, sealed_ms: nowMs };
  });
  if (seals.length > 0) await tx.insertInto("seals").values(seals).execute();
  return seals.length;
}

/** What a seal covers of each row, by id; a row that is not there has no content. */
export async function contentsOf(db: Db, chain: Chain, ids: string[]): Promise<Map<string, unknown>> {
  if (ids.length === 0) return new Map();
  return chain === "journals" ? await journalContents(db, ids) : await rowContents(db, chain, ids);
}

/** Rows that are sealed with the journals of a kind, and rows that belong to each by its id, in their order. */
const SEALED_ROWS: readonly {
  kind: string;
  table: keyof Tables;
  /** Column of the id that the journal's key names; `id` unless said. */
  key?: string;
  parts?: readonly { table: keyof Tables; key: string; order: string; except?: readonly string[] }[];
}[] = [
  {
    kind: "deposit",
    table: "deposits",
    parts: [
      { table: "deposit_lines", key: "deposit_id", order: "line" },
      // How it was settled is a deed.
      {
        table: "deposit_differences",
        key: "deposit_id",
        order: "line",
        except: ["settled_by", "settled_ms", "note"],
      },
    ],
  },
  { kind: "deposit_void", table: "deposit_voids" },
  { kind: "deposit_correction", table: "deposit_voids" },
  { kind: "imported_withdrawal", table: "imported_withdrawals" },
  // Only what was handed out as cash has such a row.
  { kind: "payout_out", table: "cash_payouts", key: "payout_id" },
  { kind: "owed_settlement", table: "owed_settlements" },
];

/** Characters of the id in a journal's key; the number of a hold may follow. */
const ID_LENGTH = 36;

type SealedJournal = Pick<Selectable<Tables["journals"]>, "id" | "kind" | "idempotency_key">;

async function journalContents(db: Db, ids: string[]): Promise<Map<string, unknown>> {
  const journals = (await rowContents(db, "journals", ids)) as Map<string, SealedJournal>;
  const rows = await rowsBehind(db, [...journals.values()]);
  const transfers = await db
    .selectFrom("transfers")
    .selectAll()
    .where("journal_id", "in", ids)
    .orderBy("journal_id")
    .orderBy("line")
    .execute();
  const byJournal = Map.groupBy(transfers, ({ journal_id }) => journal_id);
  return new Map(
    [...journals].map(([id, journal]) => [
      id,
      { journal, transfers: byJournal.get(id) ?? [], row: rows.get(id) ?? null },
    ]),
  );
}

/** Rows that journals were posted for and are sealed with, with what goes with each, by the journal's id. */
async function rowsBehind(db: Db, journals: SealedJournal[]): Promise<Map<string, unknown>> {
  const behind = new Map<string, unknown>();
  for (const { kind, table, key = "id", parts = [] } of SEALED_ROWS) {
    const ids = new Map(
      journals
        .filter((journal) => journal.kind === kind)
        .map((journal) => [
          journal.id,
          journal.idempotency_key.slice(kind.length + 1, kind.length + 1 + ID_LENGTH),
        ]),
    );
    const named = [...ids.values()];
    const rows = await rowsById(db, table, { key, ids: named, order: key });
    const partsOf = [];
    for (const part of parts)
      partsOf.push({ except: part.except, rows: await rowsById(db, part.table, { ...part, ids: named }) });
    for (const [journal, id] of ids)
      behind.set(journal, {
        row: rows.get(id) ?? [],
        parts: partsOf.map((part) => (part.rows.get(id) ?? []).map((row) => columnsOf(row, part))),
      });
  }
  return behind;
}

async function rowContents(db: Db, chain: Chain, ids: string[]): Promise<Map<string, unknown>> {
  const columns = SEALED_COLUMNS[chain];
  const covered = columns === undefined ? sql`*` : sql.join(columns.map((column) => sql.ref(column)));
  const { rows } = await sql<{
    id: string;
  }>`select ${covered} from ${sql.table(chain)} where id in (${sql.join(ids)})`.execute(db);
  return new Map(rows.map((row) => [row.id, row]));
}
