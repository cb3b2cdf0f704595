/**
 * Stream positions: up to which number each stream of each outbox is durable here, and which numbers are missing.
 *
 * A position is committed before it is acknowledged, so that an acknowledged number is never taken for a gap later.
 */
import type { Stream } from "@jumpa-madu/contracts/envelope";
import { newEventId } from "@jumpa-madu/contracts/ids";
import { sql } from "kysely";
import type { Db, Tx } from "../relational/relational-store.ts";

/** Names one stream of one outbox file. */
export interface StreamKey {
  node: string;
  stream: Stream;
  epoch: string;
}

/** How far a stream has come. `thinned`: numbers that the edge declared as thinned out, in all. */
export interface StreamPosition extends StreamKey {
  upto: number;
  thinned: number;
}

/** Numbers that the edge no longer holds and that never arrived here. */
export interface StreamGap extends StreamKey {
  fromSeq: number;
  uptoSeq: number;
}

/** Where a stream stands; null when nothing of it was ever stored. */
export async function findPosition(db: Db, key: StreamKey): Promise<StreamPosition | null> {
  const row = await db
    .selectFrom("stream_positions")
    .select(["upto", "thinned"])
    .where("node_id", "=", key.node)
    .where("stream", "=", key.stream)
    .where("epoch", "=", key.epoch)
    .executeTakeFirst();
  return row === undefined ? null : { ...key, upto: row.upto, thinned: row.thinned };
}

/** Rows of one statement. SQLite takes 32,766 parameters, PostgreSQL 65,535; a row has at most seven. */
export const ROWS_PER_STATEMENT_MAX = 1_000;

/** Moves positions forward. A position never moves back, even when two processes serve one shard by mistake. */
export async function keepPositions(db: Db | Tx, positions: StreamPosition[], nowMs: number): Promise<void> {
  for (const part of inParts(furthest(positions))) await upsertPositions(db, part, nowMs);
}

/** One position a stream, which is all that one statement may have, in one order for everyone, so that none deadlock. */
function furthest(positions: StreamPosition[]): StreamPosition[] {
  const byKey = new Map<string, StreamPosition>();
  for (const position of positions) {
    const key = `${position.node} ${position.stream} ${position.epoch}`;
    const known = byKey.get(key);
    if (known === undefined || known.upto < position.upto) byKey.set(key, position);
  }
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, position]) => position);
}

function inParts<T>(rows: T[]): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT_MAX)
    parts.push(rows.slice(at, at + ROWS_PER_STATEMENT_MAX));
  return parts;
}

async function upsertPositions(db: Db | Tx, positions: StreamPosition[], nowMs: number): Promise<void> {
  await db
    .insertInto("stream_positions")
    .values(
      positions.map(({ node, stream, epoch, upto, thinned }) => ({
        node_id: node,
        stream,
        epoch,
        upto,
        thinned,
        updated_ms: nowMs,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(["node_id", "stream", "epoch"])
        .doUpdateSet((eb) => ({
          upto: eb.ref("excluded.upto"),
          thinned: eb.ref("excluded.thinned"),
          updated_ms: nowMs,
        }))
        .where(sql<boolean>`excluded.upto > stream_positions.upto`),
    )
    .execute();
}

/** Notes gaps. */
export async function keepGaps(db: Db | Tx, gaps: StreamGap[], nowMs: number): Promise<void> {
  for (const part of inParts(gaps)) await insertGaps(db, part, nowMs);
}

async function insertGaps(db: Db | Tx, gaps: StreamGap[], nowMs: number): Promise<void> {
  await db
    .insertInto("stream_gaps")
    .values(
      gaps.map((gap) => ({
        id: newEventId(nowMs),
        node_id: gap.node,
        stream: gap.stream,
        epoch: gap.epoch,
        from_seq: gap.fromSeq,
        upto_seq: gap.uptoSeq,
        noticed_ms: nowMs,
      })),
    )
    .execute();
}
