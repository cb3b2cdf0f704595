/**
 * Thinning: makes room by giving up every second reading of a series, oldest first.
 *
 * A pass goes through the older half of the readings, step by step, and each step deletes every second reading of each
 * series among the rows that it looks at. So old telemetry grows coarser with every pass but no series ever disappears:
 * the first reading of a series in a step always stays. Readings without a series (events of a bin) are never touched.
 * When a pass over the older half frees nothing, a pass over everything follows.
 */
import type { DatabaseSync } from "node:sqlite";
import { inTransaction } from "./outbox-file.ts";

export interface Thinner {
  /** Thins until at least one row is freed and tells how many were; 0 when there is nothing left to thin. */
  step(): number;
  /** Rows thinned out since the process began. */
  thinned(): number;
}

interface Pass {
  /** Rows up to this number have been looked at. */
  looked: number;
  /** The last number of this pass. */
  last: number;
  whole: boolean;
  freed: boolean;
}

/** Thins the readings of `database`, looking at up to `rowsMax` rows at a time. */
export function thinnerOf(database: DatabaseSync, rowsMax: number): Thinner {
  const look = database.prepare(
    "SELECT seq, series, octet_length(body) AS bytes FROM readings WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
  );
  const remove = database.prepare("DELETE FROM readings WHERE seq = ?");
  const middle = database.prepare(
    "SELECT seq FROM readings ORDER BY seq LIMIT 1 OFFSET (SELECT count(*) / 2 FROM readings)",
  );
  const newest = database.prepare("SELECT max(seq) AS seq FROM readings");
  const uncount = database.prepare(
    "UPDATE stream SET held_rows = held_rows - ?, held_bytes = held_bytes - ? WHERE name = 'readings'",
  );
  let pass: Pass | null = null;
  let thinned = 0;

  const begin = (whole: boolean): Pass => {
    const row = whole ? newest.get() : middle.get();
    return { looked: 0, last: Number(row?.seq ?? 0), whole, freed: false };
  };

  /** One look at up to `rowsMax` rows; null at the end of the pass. */
  const lookOnce = (current: Pass): number | null => {
    const rows = look.all(current.looked, current.last, rowsMax);
    const lastRow = rows.at(-1);
    if (lastRow === undefined) return null;
    const surplus = everySecond(rows);
    const bytes = surplus.reduce((sum, row) => sum + Number(row.bytes), 0);
    inTransaction(database, () => {
      for (const row of surplus) remove.run(Number(row.seq));
      uncount.run(surplus.length, bytes);
    });
    current.looked = Number(lastRow.seq);
    current.freed ||= surplus.length > 0;
    thinned += surplus.length;
    return surplus.length;
  };

  return {
    thinned: () => thinned,
    step() {
      pass ??= begin(false);
      for (;;) {
        const freed = lookOnce(pass);
        if (freed !== null && freed > 0) return freed;
        if (freed !== null) continue;
        if (pass.freed) pass = begin(false);
        else if (!pass.whole) pass = begin(true);
        else {
          pass = null;
          return 0;
        }
      }
    },
  };
}

/** Every second row of each series, in order: the second, the fourth, … */
function everySecond<R extends Record<string, unknown>>(rows: R[]): R[] {
  const odd = new Set<unknown>();
  return rows.filter(({ series }) => {
    if (series === null) return false;
    if (odd.delete(series)) return true;
    odd.add(series);
    return false;
  });
}
