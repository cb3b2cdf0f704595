/** The way in for readings: group commit, and thinning when their limits are reached. */
import { inTransaction } from "./outbox-file.ts";
import type { OutboxLimits } from "./outbox-limits.ts";
import { type RoomMeans, withRoom } from "./room.ts";
import type { NewRow, StreamTable } from "./stream-table.ts";

export interface ReadingsDoor {
  /** Takes a row for the next group commit. */
  take: (row: NewRow) => void;
  /** Commits the rows that wait. */
  flush: () => void;
  /** Rows that wait for their commit. */
  waiting: () => number;
  /** Told that rows were acknowledged, so that there may be something to thin again. */
  reopen: () => void;
  /** Rows given up since the process began. */
  losses: () => { thinned: number; refused: number };
}

export interface ReadingsDoorParts {
  means: RoomMeans;
  table: StreamTable;
  limits: OutboxLimits;
  onCommit: () => void;
}

/** The door of the readings stream. */
export function readingsDoorOf({ means, table, limits, onCommit }: ReadingsDoorParts): ReadingsDoor {
  let refused = 0;
  let waiting: NewRow[] = [];
  let commitTimer: NodeJS.Timeout | null = null;
  // Set when a full pass freed nothing: looking again would cost a scan for every commit and find the same.
  let thinnedOut = false;

  /** Thins until the rows fit within the limits; false when they never will. */
  const makeFit = (rows: NewRow[]): boolean => {
    const bytes = rows.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
    const over = (): boolean => {
      const held = table.state();
      return held.rows + rows.length > limits.readingsRowsMax || held.bytes + bytes > limits.readingsBytesMax;
    };
    while (over() && !thinnedOut) {
      const thinned = withRoom(means, "forget", () => {
        thinnedOut = means.thinner.step() === 0;
      });
      if (!thinned) break;
    }
    return !over();
  };

  const flush = (): void => {
    if (commitTimer !== null) clearTimeout(commitTimer);
    commitTimer = null;
    const taken = waiting;
    waiting = [];
    // Events of bins are few and tell what no later reading can, so the readings' limits do not hold them back.
    const rows = makeFit(taken) ? taken : taken.filter(({ series }) => series === null);
    refused += taken.length - rows.length;
    if (rows.length === 0) return;
    const stored = withRoom(means, "append", () => {
      inTransaction(means.database, () => table.append(rows));
    });
    if (stored) onCommit();
    else refused += rows.length;
  };

  return {
    take(row) {
      waiting.push(row);
      if (waiting.length >= limits.commitRowsMax) flush();
      else commitTimer ??= setTimeout(flush, limits.commitDelayMs);
    },
    flush,
    waiting: () => waiting.length,
    reopen() {
      thinnedOut = false;
    },
    losses: () => ({ thinned: means.thinner.thinned(), refused }),
  };
}
