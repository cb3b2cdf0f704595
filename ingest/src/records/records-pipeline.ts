/**
 * Records: from envelopes that arrived to books that are posted, and acknowledgements.
 *
 * A loop and a queue of its own: what happens to readings or to the telemetry store never delays a deposit.
 */

import { pause } from "@jumpa-madu/contracts/wake";
import type { QuarantineItem } from "@jumpa-madu/store/quarantine";
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import type { Logger } from "pino";
import { backoffMs } from "../backoff.ts";
import type { GroupCommit } from "../commit/group-commit.ts";
import { classOfError, databaseFaultOf } from "../database-fault.ts";
import type { ReceivedEnvelope } from "../intake/envelope-intake.ts";
import type { PlacesCache } from "../intake/places-cache.ts";
import { unknownNode } from "../intake/unknown-node.ts";
import type { Metrics } from "../metrics.ts";
import type { StreamTrack } from "../positions/stream-track.ts";
import type { TrackCache } from "../positions/track-cache.ts";
import type { EnvelopeQueue } from "../queue/envelope-queue.ts";
import { Seldom } from "../seldom.ts";
import { type Poison, postParts, type RecordPart, type RecordsDone } from "./record-batch.ts";

/** Most records of one transaction. */
export const BATCH_RECORDS_MAX = 500;

/** Longest that a transaction is gathered, in milliseconds: what a deposit waits for company. */
export const BATCH_MS_MAX = 50;

/**
 * Failures in a row without a known cause, of a database that answers, after which the records are at fault: a connection that breaks in the middle
 * has no code, and one good deposit must not go to quarantine for it.
 */
export const UNKNOWN_TRIES_MAX = 3;

/** Time between two log lines of one node whose records are held back, in milliseconds: an hour. */
const HELD_TOLD_EVERY_MS = 3_600_000;

export interface RecordsOptions {
  queue: EnvelopeQueue;
  tracks: TrackCache;
  places: PlacesCache;
  store: RelationalStore;
  /** Only for envelopes of unknown nodes, which have no position. */
  commit: GroupCommit;
  acknowledge: (track: StreamTrack) => void;
  metrics: Metrics;
  log: Logger;
  signal: AbortSignal;
}

export class RecordsPipeline {
  readonly #options: RecordsOptions;
  readonly #heldTold = new Seldom(HELD_TOLD_EVERY_MS);
  #isDraining = false;

  constructor(options: RecordsOptions) {
    this.#options = options;
  }

  /** From now on a transaction goes at once, without waiting for more. */
  drain(): void {
    this.#isDraining = true;
    this.#options.queue.wake();
  }

  /** Gathers and posts until `signal` aborts. */
  async run(): Promise<void> {
    const { queue, signal } = this.#options;
    while (!signal.aborted) {
      await queue.waiting(Number.POSITIVE_INFINITY, signal);
      const envelopes = await this.#gather();
      if (envelopes.length === 0) continue;
      const parts: RecordPart[] = [];
      for (const envelope of envelopes) {
        const part = await this.#retrying(() => this.#partOf(envelope));
        if (part) parts.push(part);
      }
      await this.#post(parts);
      if (signal.aborted) return;
      for (const track of new Set(parts.map((part) => part.track))) this.#options.acknowledge(track);
      for (const { envelope } of parts) this.#letGo(envelope);
    }
  }

  async #gather(): Promise<ReceivedEnvelope[]> {
    const { queue, signal } = this.#options;
    const envelopes: ReceivedEnvelope[] = [];
    let records = 0;
    const endMs = performance.now() + BATCH_MS_MAX;
    while (!signal.aborted) {
      const envelope = queue.take();
      if (envelope !== undefined) {
        if (envelopes.length > 0 && records + envelope.items.length > BATCH_RECORDS_MAX) {
          queue.putBack(envelope);
          return envelopes;
        }
        envelopes.push(envelope);
        records += envelope.items.length;
        continue;
      }
      const waitMs = endMs - performance.now();
      if (waitMs <= 0 || this.#isDraining) return envelopes;
      await queue.waiting(waitMs, signal);
    }
    return envelopes;
  }

  /** Null when the node is not known; then the envelope is in quarantine and not acknowledged. */
  async #partOf(envelope: ReceivedEnvelope): Promise<RecordPart | null> {
    const { places, tracks, commit } = this.#options;
    if ((await places.get(envelope.node)) === null) {
      commit.quarantine([unknownNode(envelope)], () => this.#letGo(envelope));
      return null;
    }
    return { envelope, track: await tracks.get(envelope) };
  }

  /**
   * Posts all in one transaction. When the database refuses it: each envelope alone, then each record alone, and the
   * record that is refused even alone goes to quarantine. When the database is away: the same again, for ever.
   */
  async #post(parts: RecordPart[]): Promise<void> {
    if (parts.length === 0) return;
    const error = await this.#transaction(parts, null);
    if (error === null) return;
    const [only, ...others] = parts;
    if (only === undefined) return;
    if (others.length > 0) {
      for (const part of parts) await this.#post([part]);
      return;
    }
    const pieces = piecesOf(only);
    if (pieces.length > 1) {
      for (const piece of pieces) await this.#post([piece]);
      return;
    }
    await this.#poisoned(only, error);
  }

  async #poisoned(part: RecordPart, error: unknown): Promise<void> {
    const { log, signal } = this.#options;
    const { node, epoch, first } = part.envelope;
    log.error(
      { node, epoch, seq: first, error: classOfError(error) },
      "a record was refused by the database",
    );
    const reason = `the database refuses the record (${classOfError(error)}); see the log of ingest; the record is kept here, not posted`;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const again = await this.#transaction([part], { code: "ledger_refused", reason });
      if (again === null) return;
      // Not even the row of quarantine fits, so it is the database after all.
      await pause(backoffMs(attempt), signal);
    }
  }

  /** Answers null when it is done, or the error that is the fault of what was written. */
  async #transaction(parts: RecordPart[], poison: Poison | null): Promise<unknown> {
    const { store, signal, log, metrics } = this.#options;
    let unknown = 0;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const end = metrics.recordsS.startTimer();
      try {
        const done = await store.transaction((tx) => postParts(tx, { parts, poison }));
        end();
        this.#committed(done);
        return null;
      } catch (error) {
        const fault = databaseFaultOf(error);
        if (fault === "unknown") unknown = (await this.#databaseAnswers()) ? unknown + 1 : 0;
        if (fault === "data" || unknown >= UNKNOWN_TRIES_MAX) return error;
        log.error({ err: error, attempt }, "records could not be posted; trying again");
        metrics.databaseRetries.inc();
        await pause(backoffMs(attempt), signal);
      }
    }
    return null;
  }

  #databaseAnswers(): Promise<boolean> {
    return this.#options.store.ping().then(
      () => true,
      () => false,
    );
  }

  #committed(done: RecordsDone): void {
    const { metrics, log } = this.#options;
    for (const [track, { upto, gaps }] of done.advances) {
      const { node, stream, epoch } = track.key;
      for (const gap of gaps) {
        metrics.gapNumbers.inc({ stream }, gap.last - gap.from + 1);
        log.warn({ node, stream, epoch, ...gap }, "numbers are lost: the node no longer holds them");
      }
      track.moveTo(upto, track.thinned);
    }
    for (const kind of done.posted) metrics.recordsPosted.inc({ kind });
    for (const { code } of done.quarantined) metrics.quarantined.inc({ code });
    metrics.recordsDuplicate.inc(done.duplicates);
    metrics.recordsHeld.inc(done.held.length);
    for (const item of done.held) this.#tellOfHeld(item);
    metrics.items.inc({ stream: "records" }, done.items);
    metrics.envelopes.inc({ stream: "records", outcome: "out_of_order" }, done.outOfOrder);
    metrics.batchRecords.observe(done.items);
  }

  #tellOfHeld({ node, epoch, seq, code, reason }: QuarantineItem): void {
    if (!this.#heldTold.isDue(node ?? "", Date.now())) return;
    this.#options.log.error(
      { node, epoch, seq, code, reason },
      "a record is not accepted, and quarantine has no room for it today: it is not acknowledged, its node keeps it",
    );
  }

  #letGo(envelope: ReceivedEnvelope): void {
    envelope.puback();
    this.#options.queue.release(envelope);
  }

  /** Tries again until the database answers. */
  async #retrying<T>(work: () => Promise<T>): Promise<T | undefined> {
    const { signal, log, metrics } = this.#options;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        return await work();
      } catch (error) {
        log.error({ err: error, attempt }, "the database does not answer; records wait");
        metrics.databaseRetries.inc();
        await pause(backoffMs(attempt), signal);
      }
    }
    return undefined;
  }
}

/** The envelope as envelopes of one record each. */
function piecesOf({ envelope, track }: RecordPart): RecordPart[] {
  return envelope.items.map((item, index) => {
    const seq = envelope.first + index;
    return { track, envelope: { ...envelope, items: [item], first: seq, last: seq } };
  });
}
