/**
 * Group commit: one transaction for everything that waits, a few times a second, and only then the acknowledgements.
 *
 * Positions, gaps, quarantine and statuses of all nodes share it, so that ten thousand nodes cost no more commits than
 * one. After it: acks, then PUBACKs, then the envelopes are let go.
 */

import { pause, Wake } from "@jumpa-madu/contracts/wake";
import { keepStatus } from "@jumpa-madu/store/node-registry";
import { type QuarantineItem, quarantine } from "@jumpa-madu/store/quarantine";
import type { RelationalStore, Tx } from "@jumpa-madu/store/relational-store";
import { keepGaps, keepPositions } from "@jumpa-madu/store/stream-positions";
import type { Logger } from "pino";
import { backoffMs } from "../backoff.ts";
import { classOfError, databaseFaultOf } from "../database-fault.ts";
import type { Metrics } from "../metrics.ts";
import type { Snapshot, StreamTrack } from "../positions/stream-track.ts";
import { Seldom } from "../seldom.ts";

/** Shortest time between two commits, in milliseconds. A commit waits for the disk, and SQLite makes all else wait with it. */
export const COMMIT_INTERVAL_MS = 100;

/**
 * Rows for quarantine that may wait for a commit. Beyond, an item is only counted: a node that floods while the database
 * is away must not fill the memory. A record that was numbered never waits here: its own transaction keeps it, or it is
 * not acknowledged.
 */
export const QUARANTINE_WAITING_MAX = 20_000;

/** Bytes of the bodies of those rows. Beyond, the same: a body has up to 64 KiB. */
export const QUARANTINE_WAITING_BYTES_MAX = 32 * 1024 * 1024;

/** Nodes whose status may wait for a commit. Beyond, a status is left out: it is retained and comes again. */
export const STATUSES_WAITING_MAX = 20_000;

const DAY_MS = 86_400_000;

/** Rows of one INSERT: both engines limit the parameters of a statement. */
const ROWS_PER_STATEMENT_MAX = 1_000;

/** Everything that one transaction takes. */
interface Group {
  tracks: Set<StreamTrack>;
  quarantined: QuarantineItem[];
  /** Bytes of their bodies. */
  quarantinedBytes: number;
  /** Latest status of each node, as JSON, and what to do when it is kept or replaced. */
  statuses: Map<string, { status: string; after: () => void }>;
  /** What to do when the transaction is durable. */
  after: (() => void)[];
}

export interface GroupCommitOptions {
  store: RelationalStore;
  metrics: Metrics;
  log: Logger;
  /** Called for each track of a commit, before PUBACK. Everything up to its `durableUpto` is durable. */
  acknowledge: (track: StreamTrack) => void;
  signal: AbortSignal;
}

export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #wake = new Wake();
  readonly #fullTold = new Seldom(DAY_MS);
  #group = emptyGroup();
  #isCommitting = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** True when nothing waits. */
  get isIdle(): boolean {
    return !this.#isCommitting && isEmpty(this.#group);
  }

  /** Makes a track's position durable and acknowledges it. `after` runs then. */
  position(track: StreamTrack, after: () => void): void {
    this.#group.tracks.add(track);
    this.#group.after.push(after);
    this.#wake.ring();
  }

  /** Keeps items that were not accepted. `after` runs when they are durable, or at once when there is no room for them. */
  quarantine(items: QuarantineItem[], after?: () => void): void {
    const { metrics, log } = this.#options;
    const group = this.#group;
    const hasRoom = () =>
      group.quarantined.length < QUARANTINE_WAITING_MAX &&
      group.quarantinedBytes < QUARANTINE_WAITING_BYTES_MAX;
    const isFull = !hasRoom();
    for (const item of items) {
      metrics.quarantined.inc({ code: item.code });
      log.debug({ node: item.node, seq: item.seq, code: item.code, reason: item.reason }, "not accepted");
      if (hasRoom()) {
        group.quarantined.push(item);
        group.quarantinedBytes += Buffer.byteLength(item.body);
      } else metrics.quarantineOver.inc();
    }
    if (isFull) after?.();
    else if (after !== undefined) group.after.push(after);
    this.#wake.ring();
  }

  /** Keeps a node's status; an older one that still waits is replaced. `after` runs when it is kept, replaced or left out. */
  status(node: string, status: string, after: () => void): void {
    const { statuses } = this.#group;
    const before = statuses.get(node);
    before?.after();
    if (before === undefined && statuses.size >= STATUSES_WAITING_MAX) {
      after();
      return;
    }
    statuses.set(node, { status, after });
    this.#wake.ring();
  }

  /** Commits until `signal` aborts. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      await this.#wake.wait(Number.POSITIVE_INFINITY, signal);
      if (isEmpty(this.#group)) continue;
      const startedMs = performance.now();
      const group = this.#group;
      this.#group = emptyGroup();
      this.#isCommitting = true;
      await this.#commit(group);
      this.#isCommitting = false;
      await pause(COMMIT_INTERVAL_MS - (performance.now() - startedMs), signal);
      if (!isEmpty(this.#group)) this.#wake.ring();
    }
  }

  async #commit(group: Group): Promise<void> {
    const { metrics, signal, log } = this.#options;
    const snapshots = new Map([...group.tracks].map((track) => [track, track.snapshot()]));
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        const end = metrics.commitS.startTimer();
        await this.#write(group, snapshots);
        end();
        this.#finish(group, snapshots);
        return;
      } catch (error) {
        log.error({ err: error, attempt }, "positions could not be committed; trying again");
        metrics.databaseRetries.inc();
        await pause(backoffMs(attempt), signal);
      }
    }
  }

  /** Writes all in one transaction; piece by piece when the database refuses something of it. */
  async #write(group: Group, snapshots: Map<StreamTrack, Snapshot>): Promise<void> {
    const { store, log } = this.#options;
    const nowMs = Date.now();
    try {
      await store.transaction(async (tx) => {
        await keepMoved(tx, snapshots, nowMs);
        await this.#keepQuarantined(tx, group.quarantined);
        for (const [node, { status }] of group.statuses) await keepStatus(tx, node, status, nowMs);
      });
    } catch (error) {
      if (databaseFaultOf(error) === "unavailable") throw error;
      await store.ping();
      log.error({ error: classOfError(error) }, "a group commit was refused; committing it piece by piece");
      await store.transaction((tx) => keepMoved(tx, snapshots, nowMs));
      for (const item of group.quarantined) await this.#alone((tx) => this.#keepQuarantined(tx, [item]));
      for (const [node, { status }] of group.statuses)
        await this.#alone((tx) => keepStatus(tx, node, status, nowMs));
    }
  }

  async #keepQuarantined(tx: Tx, items: QuarantineItem[]): Promise<void> {
    if (items.length === 0) return;
    const over = await quarantine(tx, items);
    this.#options.metrics.quarantineOver.inc(over.length);
    for (const { node, receivedMs } of over) this.#warnOfFull(node, receivedMs);
  }

  #warnOfFull(node: string | null, receivedMs: number): void {
    const day = Math.floor(receivedMs / DAY_MS);
    if (!this.#fullTold.isDue(`${day} ${node ?? ""}`, receivedMs)) return;
    this.#options.log.warn(
      { node },
      "quarantine has no more room for this node today: what else is not accepted is only counted",
    );
  }

  /** A row that the database refuses even alone is counted and logged: there is nowhere left to put it. */
  async #alone(work: (tx: Tx) => Promise<void>): Promise<void> {
    const { store, log, metrics } = this.#options;
    try {
      await store.transaction(work);
    } catch (error) {
      if (databaseFaultOf(error) === "unavailable") throw error;
      metrics.quarantineOver.inc();
      log.error({ error: classOfError(error) }, "a row was refused by the database and is lost");
    }
  }

  #finish({ tracks, statuses, after }: Group, snapshots: Map<StreamTrack, Snapshot>): void {
    const { metrics, log, acknowledge } = this.#options;
    for (const [track, snapshot] of snapshots) {
      const { node, stream, epoch } = track.key;
      for (const gap of snapshot.gaps) {
        metrics.gapNumbers.inc({ stream }, gap.last - gap.from + 1);
        log.warn({ node, stream, epoch, ...gap }, "numbers are lost: the node no longer holds them");
      }
      track.confirm(snapshot);
    }
    metrics.statuses.inc(statuses.size);
    for (const track of tracks) acknowledge(track);
    for (const done of after) done();
    for (const { after: kept } of statuses.values()) kept();
  }
}

/** Keeps the positions that moved, with the gaps that they passed. */
async function keepMoved(tx: Tx, snapshots: Map<StreamTrack, Snapshot>, nowMs: number): Promise<void> {
  const moved = [...snapshots].filter(([track, { upto }]) => upto > track.durableUpto);
  const positions = moved.map(([{ key }, { upto, thinned }]) => ({ ...key, upto, thinned }));
  for (let from = 0; from < positions.length; from += ROWS_PER_STATEMENT_MAX) {
    await keepPositions(tx, positions.slice(from, from + ROWS_PER_STATEMENT_MAX), nowMs);
  }
  const gaps = moved.flatMap(([{ key }, snapshot]) =>
    snapshot.gaps.map(({ from, last }) => ({ ...key, fromSeq: from, uptoSeq: last })),
  );
  for (let from = 0; from < gaps.length; from += ROWS_PER_STATEMENT_MAX) {
    await keepGaps(tx, gaps.slice(from, from + ROWS_PER_STATEMENT_MAX), nowMs);
  }
}

function emptyGroup(): Group {
  return { tracks: new Set(), quarantined: [], quarantinedBytes: 0, statuses: new Map(), after: [] };
}

function isEmpty({ tracks, quarantined, statuses, after }: Group): boolean {
  return tracks.size + quarantined.length + statuses.size + after.length === 0;
}
