/**
 * What is done when the disk or the file's own limit is full, in this order: the log's space is taken back, the reserve
 * is given up, telemetry is thinned step by step.
 *
 * Once the reserve is gone and the disk has no room, the file must not need to grow any more: SQLite could not copy
 * its log into it, the log would take the last block, and then not even an acknowledged row could be deleted. So pages
 * inside the file are kept free ahead of every write, and what would use up the last of them is refused.
 */
import type { DatabaseSync } from "node:sqlite";
import { emptyLog, freePages, isFull } from "./outbox-file.ts";
import type { Reserve } from "./reserve.ts";
import type { Thinner } from "./thinning.ts";

/** Pages kept free while the disk has no room: more than the largest item and a group of readings take. */
const FREE_PAGES_MIN = 64;

/** The means of making room. */
export interface RoomMeans {
  database: DatabaseSync;
  reserve: Reserve;
  thinner: Thinner;
}

/** What a write does to the file: only one that appends is refused to keep the last pages free. */
export type Purpose = "append" | "forget";

/**
 * Runs `write`; when it finds no room, makes some and runs it again. False when there is none to be made; then nothing
 * of `write` is stored.
 *
 * `write` must be one transaction: it can run several times. Throws whatever else `write` throws.
 */
export function withRoom(means: RoomMeans, purpose: Purpose, write: () => void): boolean {
  if (means.reserve.isNeeded() && !keepPagesFree(means) && purpose === "append") return false;
  const ways = waysToMakeRoom(means);
  for (;;) {
    try {
      write();
      return true;
    } catch (error) {
      if (!isFull(error)) throw error;
      if (ways.next().done === true) return false;
    }
  }
}

/** Each step has tried one way of making room. Ends when none is left. */
function* waysToMakeRoom(means: RoomMeans): Generator<void> {
  emptyLog(means.database);
  yield;
  if (means.reserve.release()) yield;
  while (thinOnce(means)) yield;
}

/** Thins until enough pages are free inside the file; false when that cannot be had. */
function keepPagesFree(means: RoomMeans): boolean {
  while (freePages(means.database) < FREE_PAGES_MIN) if (!thinOnce(means)) return false;
  return true;
}

/** One step of thinning; false when nothing is left to thin, or when the disk has no room even for that. */
function thinOnce({ database, thinner }: RoomMeans): boolean {
  try {
    emptyLog(database);
    return thinner.step() > 0;
  } catch (error) {
    if (isFull(error)) return false;
    throw error;
  }
}
