/**
 * Readings: from envelopes that arrived to points that are stored, positions that are committed, and acknowledgements.
 *
 * arrival -> queue -> gather (screen, claim numbers) -> write -> settle -> group commit -> ack, PUBACK, let go
 */

import { pause } from "@jumpa-madu/contracts/wake";
import type { NodePlaces } from "@jumpa-madu/store/node-places";
import type { TelemetryPoint } from "@jumpa-madu/store/telemetry-store";
import type { Logger } from "pino";
import { backoffMs } from "../backoff.ts";
import type { GroupCommit } from "../commit/group-commit.ts";
import { type ItemFault, quarantineItem, type ReceivedEnvelope } from "../intake/envelope-intake.ts";
import type { PlacesCache } from "../intake/places-cache.ts";
import { type Screened, screenReadings } from "../intake/reading-screen.ts";
import { unknownNode } from "../intake/unknown-node.ts";
import type { Metrics } from "../metrics.ts";
import type { StreamTrack } from "../positions/stream-track.ts";
import type { TrackCache } from "../positions/track-cache.ts";
import type { EnvelopeQueue } from "../queue/envelope-queue.ts";
import type { RefusedPoint, TelemetryWriter } from "./telemetry-writer.ts";

/** Points after which a batch goes as soon as nothing more waits. */
export const BATCH_POINTS_MIN = 1_000;

/** Most points of a batch; TelemetryStore takes no more. */
export const BATCH_POINTS_MAX = 5_000;

/** Longest that a batch is gathered, in milliseconds. */
export const BATCH_MS_MAX = 250;

export interface ReadingsOptions {
  queue: EnvelopeQueue;
  tracks: TrackCache;
  places: PlacesCache;
  writer: TelemetryWriter;
  commit: GroupCommit;
  metrics: Metrics;
  log: Logger;
  signal: AbortSignal;
}

/** An envelope of a batch, with the range of the batch's points that are its own. */
interface Part {
  envelope: ReceivedEnvelope;
  track: StreamTrack;
  /** First number that is settled by this part. */
  from: number;
  faults: ItemFault[];
  thinned: number;
  pointsFrom: number;
  pointsTo: number;
}

interface Batch {
  points: TelemetryPoint[];
  parts: Part[];
}

export class ReadingsPipeline {
  readonly #options: ReadingsOptions;
  #isDraining = false;

  constructor(options: ReadingsOptions) {
    this.#options = options;
  }

  /** From now on a batch goes at once, without waiting for more. */
  drain(): void {
    this.#isDraining = true;
    this.#options.queue.wake();
  }

  /** Gathers and writes until `signal` aborts. */
  async run(): Promise<void> {
    const { queue, writer, signal } = this.#options;
    while (!signal.aborted) {
      await queue.waiting(Number.POSITIVE_INFINITY, signal);
      const batch = await this.#gather();
      if (batch.parts.length === 0) continue;
      await writer.submit(batch.points, (refused) => this.#settle(batch, refused));
    }
  }

  async #gather(): Promise<Batch> {
    const { queue, signal } = this.#options;
    const batch: Batch = { points: [], parts: [] };
    const endMs = performance.now() + BATCH_MS_MAX;
    while (!signal.aborted) {
      const envelope = queue.take();
      if (envelope !== undefined) {
        if (batch.points.length + envelope.items.length > BATCH_POINTS_MAX) {
          queue.putBack(envelope);
          return batch;
        }
        await this.#retrying(() => this.#add(batch, envelope));
        continue;
      }
      const waitMs = endMs - performance.now();
      if (batch.points.length >= BATCH_POINTS_MIN || waitMs <= 0 || this.#isDraining) return batch;
      await queue.waiting(waitMs, signal);
    }
    return batch;
  }

  /** Screens an envelope into the batch. Throws what the store throws, and has then done nothing. */
  async #add(batch: Batch, envelope: ReceivedEnvelope): Promise<void> {
    const { places, tracks, commit, metrics } = this.#options;
    const { stream } = envelope;
    const known = await places.get(envelope.node);
    if (known === null) {
      commit.quarantine([unknownNode(envelope)], () => this.#letGo(envelope));
      return;
    }
    const track = await tracks.get(envelope);
    const arrival = track.arrive(envelope);
    if (arrival.kind === "claimed") {
      await this.#claim(batch, { envelope, track, from: arrival.from, known });
      return;
    }
    metrics.envelopes.inc({ stream, outcome: arrival.kind });
    // Settled before: the node has missed the acknowledgement.
    if (arrival.kind === "known") commit.position(track, () => this.#letGo(envelope));
    else this.#letGo(envelope);
  }

  async #claim(
    batch: Batch,
    of: { envelope: ReceivedEnvelope; track: StreamTrack; from: number; known: NodePlaces },
  ): Promise<void> {
    const { envelope, track, from } = of;
    const pointsFrom = batch.points.length;
    try {
      const screened = await this.#screen(batch, of);
      batch.parts.push({ envelope, track, from, ...screened, pointsFrom, pointsTo: batch.points.length });
    } catch (error) {
      track.release(from, envelope.last);
      batch.points.length = pointsFrom;
      throw error;
    }
  }

  /** Screens, and again with places read anew when a bin or scale is unknown: it may have been registered just now. */
  async #screen(
    { points }: Batch,
    { envelope, from, known }: { envelope: ReceivedEnvelope; from: number; known: NodePlaces },
  ): Promise<Screened> {
    const pointsFrom = points.length;
    const screened = screenReadings(envelope, { places: known, from }, points);
    if (!screened.faults.some(({ code }) => code === "unknown_device")) return screened;
    const fresh = await this.#options.places.refreshed(envelope.node);
    if (fresh === null || fresh === known) return screened;
    points.length = pointsFrom;
    return screenReadings(envelope, { places: fresh, from }, points);
  }

  #settle({ points, parts }: Batch, refused: RefusedPoint[]): void {
    const { commit, metrics } = this.#options;
    const reasons = new Map(refused.map(({ point, reason }) => [point, reason]));
    for (const { envelope, track, from, faults, thinned, pointsFrom, pointsTo } of parts) {
      const { last, stream } = envelope;
      for (let index = pointsFrom; reasons.size > 0 && index < pointsTo; index++) {
        const point = points[index];
        const reason = point && reasons.get(point);
        if (point === undefined || reason === undefined) continue;
        faults.push({ seq: point.seq, code: "store_refused", reason, body: JSON.stringify(point.reading) });
      }
      track.settle(from, last, thinned);
      metrics.items.inc({ stream }, last - from + 1);
      if (thinned > 0) metrics.thinned.inc({ stream }, thinned);
      if (faults.length > 0) commit.quarantine(faults.map((fault) => quarantineItem(envelope, fault)));
      commit.position(track, () => this.#letGo(envelope));
    }
  }

  #letGo(envelope: ReceivedEnvelope): void {
    envelope.puback();
    this.#options.queue.release(envelope);
  }

  /** Tries again until the database answers: without places and positions nothing can go on. */
  async #retrying(work: () => Promise<void>): Promise<void> {
    const { signal, log, metrics } = this.#options;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        return await work();
      } catch (error) {
        log.error({ err: error, attempt }, "the database does not answer; readings wait");
        metrics.databaseRetries.inc();
        await pause(backoffMs(attempt), signal);
      }
    }
  }
}
