/** The rows of one stream and what is counted about them. Every write belongs inside a transaction of the caller. */
import type { DatabaseSync } from "node:sqlite";
import type { Stream } from "@jumpa-madu/contracts/envelope";

/** An item to be stored. `series` is null when it must never be thinned out. */
export interface NewRow {
  series: string | null;
  /** JSON. */
  body: string;
}

/** A run of a stream. Item i has the number `first + i`; each is JSON, "null" for a reading that was thinned out. */
export interface Batch {
  first: number;
  items: string[];
}

/** Bounds of a batch: items, and bytes of their JSON with a comma each. */
export interface BatchLimits {
  itemsMax: number;
  bytesMax: number;
}

/** Where a stream stands. `next` is the number of the next item, `acked` that of the last one acknowledged. */
export interface StreamState {
  next: number;
  acked: number;
  rows: number;
  bytes: number;
}

export interface StreamTable {
  state(): StreamState;
  /** Stores rows under the next numbers; answers the first of them. */
  append(rows: NewRow[]): number;
  /** Items from number `from` on; null when there are none. At least one item, however large. */
  batch(from: number, limits: BatchLimits): Batch | null;
  /** Deletes all rows up to and including a number; numbers that were never given are ignored. */
  acknowledge(upto: number): void;
}

/** The table of `stream` in `database`. */
export function streamTableOf(database: DatabaseSync, stream: Stream): StreamTable {
  const read = database.prepare(
    "SELECT next_seq AS next, acked_seq AS acked, held_rows AS rows, held_bytes AS bytes FROM stream WHERE name = ?",
  );
  const insert =
    stream === "readings"
      ? database.prepare("INSERT INTO readings (seq, body, series) VALUES (?, ?, ?)")
      : database.prepare("INSERT INTO records (seq, body) SELECT ?1, ?2 WHERE ?3 IS NULL");
  const count = database.prepare(
    "UPDATE stream SET next_seq = next_seq + ?, held_rows = held_rows + ?, held_bytes = held_bytes + ? WHERE name = ?",
  );
  const measure = database.prepare(
    `SELECT count(*) AS rows, coalesce(sum(octet_length(body)), 0) AS bytes FROM ${stream} WHERE seq <= ?`,
  );
  const remove = database.prepare(`DELETE FROM ${stream} WHERE seq <= ?`);
  const mark = database.prepare("UPDATE stream SET acked_seq = ? WHERE name = ?");
  const select = database.prepare(`SELECT seq, body FROM ${stream} WHERE seq >= ? ORDER BY seq LIMIT ?`);

  const state = (): StreamState => {
    const row = read.get(stream);
    return {
      next: Number(row?.next),
      acked: Number(row?.acked),
      rows: Number(row?.rows),
      bytes: Number(row?.bytes),
    };
  };

  return {
    state,
    append(rows) {
      const first = state().next;
      let bytes = 0;
      for (const [index, { body, series }] of rows.entries()) {
        insert.run(first + index, body, series);
        bytes += Buffer.byteLength(body);
      }
      count.run(rows.length, rows.length, bytes, stream);
      return first;
    },
    batch(from, { itemsMax, bytesMax }) {
      const { next, acked } = state();
      const first = Math.max(from, acked + 1);
      const end = Math.min(next, first + itemsMax);
      const items: string[] = [];
      let bytes = 0;
      const push = (item: string): boolean => {
        bytes += Buffer.byteLength(item) + 1;
        if (items.length > 0 && bytes > bytesMax) return false;
        items.push(item);
        return true;
      };
      /** Declares the numbers before `seq` that no row has any more. */
      const fill = (seq: number): boolean => {
        while (first + items.length < seq) if (!push("null")) return false;
        return true;
      };
      for (const row of select.all(first, itemsMax)) {
        const seq = Number(row.seq);
        if (seq >= end || !fill(seq) || !push(String(row.body))) break;
      }
      if (bytes <= bytesMax) fill(end);
      return items.length === 0 ? null : { first, items };
    },
    acknowledge(upto) {
      const { next, acked } = state();
      const last = Math.min(upto, next - 1);
      if (last <= acked) return;
      const gone = measure.get(last);
      remove.run(last);
      count.run(0, -Number(gone?.rows), -Number(gone?.bytes), stream);
      mark.run(last, stream);
    },
  };
}
