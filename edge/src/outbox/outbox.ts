/**
 * Outbox: what this node has not yet had acknowledged, in one SQLite file.
 *
 * Two streams, numbered apart from 1; a number is never used twice. Records are committed at once, readings in groups.
 * A row leaves only when `acknowledge` is told so.
 *
 * When it is full:
 * - readings over their limit in rows or bytes: older telemetry is thinned (`thinning.ts`); the numbers that it loses
 *   travel as null. When nothing is left to thin, new telemetry is refused and counted; events of bins still go in.
 * - the disk or the file's own limit: room is made (`room.ts`) for either stream. When there is none, a record is
 *   refused, and the person at the terminal is told so; records that are stored are never given up.
 */
import { createHash } from "node:crypto";
import type { Stream } from "@jumpa-madu/contracts/envelope";
import type { Reading } from "@jumpa-madu/contracts/readings";
import type { LedgerRecord } from "@jumpa-madu/contracts/records";
import { EdgeError } from "../edge-error.ts";
import { answersOf } from "./answers.ts";
import { canonicalJson } from "./canonical.ts";
import { inTransaction, openOutboxFile } from "./outbox-file.ts";
import { ITEM_BYTES_MAX, type OutboxLimits } from "./outbox-limits.ts";
import { type ReadingsDoor, readingsDoorOf } from "./readings-door.ts";
import { reserveAt } from "./reserve.ts";
import { withRoom } from "./room.ts";
import { type Batch, type BatchLimits, streamTableOf } from "./stream-table.ts";
import { thinnerOf } from "./thinning.ts";
import { type UsedLoad, type UsedWeight, usedWeightsOf } from "./used-weights.ts";

/** Rows that one transaction forgets: few enough for the log of a disk that is all but full. */
const ACKNOWLEDGE_ITEMS_MAX = 500;

/** A record to be made once: `key` names the request, `request` is compared when the same key comes again. */
export interface OneRecord {
  /** Unique among all requests of this node, such as `deposit/<id>`. */
  key: string;
  request: unknown;
  /**
   * Makes the record and the answer that is given now and to every repeat. Runs again when room had to be made. Weights
   * that it uses up are kept with it; of one scale the last counts.
   */
  make: (draw: { receiptNumber: () => number }) => {
    record: LedgerRecord;
    answer: unknown;
    used?: UsedWeight[];
  };
}

/** What became of a record. `full`: refused, nothing stored. `conflict`: the key was used with another request. */
export type RecordOutcome =
  | { kind: "recorded"; answer: unknown }
  | { kind: "repeated"; answer: unknown }
  | { kind: "conflict" }
  | { kind: "full" };

export interface Outbox {
  /** Names this file; a new file has another one. */
  readonly epoch: string;
  /** Takes a reading for the next group commit, at most `commitDelayMs` away. */
  appendReading(reading: Reading): void;
  /** Commits the readings that wait. */
  flush(): void;
  /** Commits a record; once it answers `recorded` or `repeated`, the record survives a power cut. */
  recordOnce(one: OneRecord): RecordOutcome;
  /** What `recordOnce` would answer without making anything: `repeated`, `conflict`, or null when the key is new. */
  earlier(one: Pick<OneRecord, "key" | "request">): RecordOutcome | null;
  /** The answer once given for a key; undefined when there was none. */
  answerOf(key: string): unknown;
  /** What a scale showed when a weight of it was last used up; null when none ever was. */
  lastUsed(scale: string): UsedLoad | null;
  /** Committed items from number `from` on; null when there are none. At least one item, however large. */
  batch(stream: Stream, from: number, limits: BatchLimits): Batch | null;
  /** Forgets a stream up to and including a number. False when the disk was too full to do so; ask again later. */
  acknowledge(stream: Stream, upto: number): boolean;
  /** Rows that are not acknowledged yet; readings that wait for their commit count. */
  backlog(): { readings: number; records: number };
  /** Lowest number that is not acknowledged. */
  floor(stream: Stream): number;
  /** Readings given up since this process began: thinned out, and refused at the door. */
  losses(): { thinned: number; refused: number };
  /** Calls back after every commit to a stream. Answers what ends it. */
  subscribe(listener: (stream: Stream) => void): () => void;
  /** Commits what waits and closes the file. */
  close(): void;
}

/**
 * Opens the outbox at `path`; makes it when there is none. Throws EdgeError `outbox_locked`, `outbox_corrupt` or
 * `outbox_foreign` (`outbox-file.ts`).
 */
export function openOutbox(path: string, limits: OutboxLimits): Outbox {
  const database = openOutboxFile(path, limits.fileBytesMax);
  const reserve = reserveAt(`${path}.reserve`, limits.reserveBytes);
  reserve.restore();
  const tables = {
    readings: streamTableOf(database, "readings"),
    records: streamTableOf(database, "records"),
  };
  const answers = answersOf(database);
  const usedWeights = usedWeightsOf(database);
  const means = { database, reserve, thinner: thinnerOf(database, limits.thinRowsMax) };
  const listeners = new Set<(stream: Stream) => void>();
  const tell = (stream: Stream): void => {
    for (const listener of listeners) listener(stream);
  };
  const door: ReadingsDoor = readingsDoorOf({
    means,
    table: tables.readings,
    limits,
    onCommit: () => tell("readings"),
  });

  const earlier: Outbox["earlier"] = ({ key, request }) => {
    const kept = answers.find(key);
    if (kept === null) return null;
    return kept.request === hashOf(request)
      ? { kind: "repeated", answer: kept.answer }
      : { kind: "conflict" };
  };

  return {
    epoch: String(database.prepare("SELECT epoch FROM outbox").get()?.epoch),
    appendReading: (reading) => door.take({ series: seriesOf(reading), body: bodyOf(reading) }),
    flush: door.flush,
    earlier,
    recordOnce({ key, request, make }) {
      const before = earlier({ key, request });
      if (before !== null) return before;
      const requestHash = hashOf(request);
      let answer: unknown;
      const stored = withRoom(means, "append", () => {
        answer = inTransaction(database, () => {
          const made = make({ receiptNumber: answers.drawReceiptNumber });
          const seq = tables.records.append([{ series: null, body: bodyOf(made.record) }]);
          answers.keep({ seq, key, request: requestHash, answer: made.answer });
          for (const used of made.used ?? []) usedWeights.keep(used);
          return made.answer;
        });
      });
      if (!stored) return { kind: "full" };
      tell("records");
      return { kind: "recorded", answer };
    },
    lastUsed: usedWeights.lastOf,
    answerOf: (key) => answers.find(key)?.answer,
    batch: (stream, from, size) => tables[stream].batch(from, size),
    acknowledge(stream, upto) {
      const { acked, next } = tables[stream].state();
      const last = Math.min(upto, next - 1);
      for (let step = acked; step < last; ) {
        step = Math.min(last, step + ACKNOWLEDGE_ITEMS_MAX);
        const forget = (): void => {
          tables[stream].acknowledge(step);
          if (stream === "records") answers.forget(limits.answersKeptMax);
        };
        if (!withRoom(means, "forget", () => inTransaction(database, forget))) return false;
      }
      if (stream === "readings") door.reopen();
      reserve.restore();
      return true;
    },
    backlog: () => ({
      readings: tables.readings.state().rows + door.waiting(),
      records: tables.records.state().rows,
    }),
    floor: (stream) => tables[stream].state().acked + 1,
    losses: door.losses,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      door.flush();
      database.close();
    },
  };
}

function hashOf(request: unknown): string {
  return createHash("sha256").update(canonicalJson(request)).digest("hex");
}

/** Name of the series that a reading belongs to; null for an event of a bin, which is never thinned out. */
function seriesOf(reading: Reading): string | null {
  switch (reading.kind) {
    case "bin_event":
      return null;
    case "bin_level":
      return `bin_level/${reading.bin}`;
    case "scale_weight":
      return `scale_weight/${reading.scale}`;
    case "edge_health":
      return "edge_health";
  }
}

function bodyOf(item: Reading | LedgerRecord): string {
  const body = JSON.stringify(item);
  const bytes = Buffer.byteLength(body);
  if (bytes > ITEM_BYTES_MAX) {
    throw new EdgeError("item_too_large", `${item.kind} of ${bytes} bytes; at most ${ITEM_BYTES_MAX}`);
  }
  return body;
}
