/**
 * Ingest: takes what the nodes of one shard publish, makes it durable, and only then acknowledges it.
 *
 * One process a shard: the broker's session and the positions in memory belong to it alone.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Stream } from "@jumpa-madu/contracts/envelope";
import { parseTopic } from "@jumpa-madu/contracts/topics";
import { pause } from "@jumpa-madu/contracts/wake";
import { placesOfNode } from "@jumpa-madu/store/node-places";
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import { findPosition } from "@jumpa-madu/store/stream-positions";
import type { TelemetryStore } from "@jumpa-madu/store/telemetry-store";
import { webhookKeys } from "@jumpa-madu/store/webhooks";
import type { Logger } from "pino";
import { GroupCommit } from "./commit/group-commit.ts";
import type { Config } from "./config.ts";
import { buildHttp, CHECK_MS_MAX } from "./http.ts";
import { takeEnvelope } from "./intake/envelope-intake.ts";
import { PlacesCache } from "./intake/places-cache.ts";
import { takeStatus } from "./intake/status-intake.ts";
import { createMetrics } from "./metrics.ts";
import { AckSender } from "./mqtt/ack-sender.ts";
import { AckWriter } from "./mqtt/ack-writer.ts";
import type { Delivery } from "./mqtt/deferred-puback.ts";
import { INBOX_TIMING, type InboxTiming, openInbox } from "./mqtt/mqtt-inbox.ts";
import { TrackCache } from "./positions/track-cache.ts";
import { EnvelopeQueue } from "./queue/envelope-queue.ts";
import { ReadingsPipeline } from "./readings/readings-pipeline.ts";
import { TelemetryGate } from "./readings/telemetry-gate.ts";
import { TelemetryWriter } from "./readings/telemetry-writer.ts";
import { RecordsPipeline } from "./records/records-pipeline.ts";
import { RemoteJudgement } from "./remote/remote-judgement.ts";
import { SenmlIntake } from "./remote/senml-intake.ts";
import { WebhookKeys } from "./remote/webhook-keys.ts";
import { webhookRoutes } from "./remote/webhook-routes.ts";

/** Longest that `close` works on what is held, in milliseconds; the rest stays unacknowledged and comes again. */
export const DRAIN_MS_MAX = 2_000;

/** Longest that `close` then waits for a transaction that is under way, in milliseconds. */
const LOOPS_END_MS_MAX = 300;

/** Time between two looks whether all is drained, in milliseconds. */
const DRAIN_POLL_MS = 10;

/** What ingest works with: opened and migrated by the caller, who also closes it. Telemetry is prepared here. */
export interface IngestParts {
  store: RelationalStore;
  telemetry: TelemetryStore;
  log: Logger;
}

export interface Ingest {
  /** Where the webhooks, /healthz, /readyz and /metrics answer. */
  readonly httpUrl: string;
  /** Takes nothing more, finishes what is held as far as it can in DRAIN_MS_MAX, and leaves. */
  close(): Promise<void>;
}

/** Starts the service. Resolves when HTTP listens; the broker may come later. Throws when the port is taken. */
export async function startIngest(
  config: Config,
  { store, telemetry, log }: IngestParts,
  timing: InboxTiming = INBOX_TIMING,
): Promise<Ingest> {
  const metrics = createMetrics();
  const aborting = new AbortController();
  const { signal } = aborting;
  const queues: Record<Stream, EnvelopeQueue> = {
    readings: new EnvelopeQueue({
      bytesMax: config.INGEST_READINGS_QUEUE_BYTES_MAX,
      envelopesMax: config.INGEST_READINGS_QUEUE_ENVELOPES_MAX,
    }),
    records: new EnvelopeQueue({
      bytesMax: config.INGEST_RECORDS_QUEUE_BYTES_MAX,
      envelopesMax: config.INGEST_RECORDS_QUEUE_ENVELOPES_MAX,
    }),
  };
  const sender = new AckSender(config.INGEST_SHARD, (topic, payload, done) =>
    inbox.publish(topic, payload, done),
  );
  const acks = new AckWriter(
    (node, ack) => {
      metrics.acks.inc({ stream: ack.stream });
      sender.send(node, ack);
    },
    (stream) => (queues[stream].isNarrow ? 1 : config.INGEST_WINDOW),
  );
  const acknowledge: AckWriter["acknowledge"] = (track) => acks.acknowledge(track);
  const commit = new GroupCommit({ store, metrics, log, acknowledge, signal });
  const gate = new TelemetryGate({
    telemetry,
    probeMs: config.INGEST_TELEMETRY_PROBE_MS,
    metrics,
    log,
    signal,
  });
  const writer = new TelemetryWriter({ telemetry, gate, metrics, log, signal });
  // Two caches, so that a flood of readings never pushes out what deposits need.
  const shared = { commit, metrics, log, signal };
  const caches = () => ({
    tracks: new TrackCache((key) => findPosition(store.db, key)),
    places: new PlacesCache((node) => placesOfNode(store.db, node)),
  });
  const readings = new ReadingsPipeline({ ...shared, ...caches(), queue: queues.readings, writer });
  const records = new RecordsPipeline({ ...shared, ...caches(), queue: queues.records, store, acknowledge });

  const judgement = new RemoteJudgement({ store, telemetry, gate, commit, metrics, log });
  const senml = new SenmlIntake({ judgement, places: caches().places, metrics, log, signal });

  let isTaking = true;
  const onDelivery = (delivery: Delivery) => {
    // Not acknowledged: the broker keeps it for the next process.
    if (isTaking) take({ delivery, queues, commit, senml, metrics });
  };
  const inbox = openInbox({
    url: config.MQTT_URL,
    clientId: config.INGEST_CLIENT_ID,
    secret: config.INGEST_SECRET,
    shard: config.INGEST_SHARD,
    log,
    onDelivery,
    onLost: () => {
      sender.clear();
      acks.forgetTold();
    },
    timing,
  });
  gate.prepare();
  const loops = Promise.all([readings.run(), records.run(), senml.run(), commit.run()]);
  const app = buildHttp({
    registry: metrics.registry,
    observe: () => {
      for (const [stream, queue] of Object.entries(queues)) {
        metrics.queueBytes.set({ stream }, queue.bytes);
        metrics.queueEnvelopes.set({ stream }, queue.envelopes);
        metrics.queueAgeS.set({ stream }, queue.ageMs(Date.now()) / 1000);
      }
    },
    faults: async () => {
      const faults: string[] = [];
      if (!(await answers(store))) faults.push("the database does not answer");
      if (!inbox.isReady()) faults.push("not connected to the broker, or a subscription is refused");
      if (!gate.isPrepared) faults.push("the telemetry store could not be prepared yet");
      if (gate.isHalted) faults.push("the telemetry store refuses everything until a person mends it");
      for (const [stream, queue] of Object.entries(queues)) {
        const ageMs = queue.ageMs(Date.now());
        if (ageMs > config.INGEST_QUEUE_AGE_MS_MAX)
          faults.push(`${stream} have waited for ${Math.round(ageMs / 1000)} s`);
      }
      return faults;
    },
  });
  const keys = new WebhookKeys(() => webhookKeys(store.db));
  await app.register(webhookRoutes, { judgement, keys, metrics, log, signal });
  const httpUrl = await app
    .listen({ host: config.INGEST_HTTP_HOST, port: config.INGEST_HTTP_PORT })
    .catch(async (error) => {
      aborting.abort();
      await inbox.end();
      throw error;
    });
  log.info({ shard: config.INGEST_SHARD, httpUrl }, "ingest started");

  return {
    httpUrl,
    async close() {
      isTaking = false;
      readings.drain();
      records.drain();
      const deadlineMs = performance.now() + DRAIN_MS_MAX;
      const isDrained = () =>
        queues.readings.envelopes + queues.records.envelopes + judgement.waiting === 0 &&
        senml.isIdle &&
        commit.isIdle;
      while (!isDrained() && performance.now() < deadlineMs) await pause(DRAIN_POLL_MS, signal);
      if (!isDrained()) log.warn("closed before all was durable; the nodes will send it again");
      aborting.abort();
      const ended = Promise.race([loops, delay(LOOPS_END_MS_MAX)]);
      await Promise.all([inbox.end(), app.close(), ended]);
      log.info("ingest closed");
    },
  };
}

/** Sends a message to where it belongs. */
function take(to: {
  delivery: Delivery;
  queues: Record<Stream, EnvelopeQueue>;
  commit: GroupCommit;
  senml: SenmlIntake;
  metrics: ReturnType<typeof createMetrics>;
}): void {
  const { delivery, queues, commit, senml, metrics } = to;
  const topic = parseTopic(delivery.topic);
  const channel = topic?.channel;
  const nowMs = Date.now();
  if (topic && channel === "status") {
    const taken = takeStatus(delivery, topic.node, nowMs);
    if (taken.ok) commit.status(topic.node, taken.status, delivery.puback);
    else commit.quarantine([taken.item], delivery.puback);
  } else if (topic && (channel === "readings" || channel === "records")) {
    const taken = takeEnvelope(delivery, { node: topic.node, stream: channel }, nowMs);
    if (!taken.ok) {
      commit.quarantine([taken.item], delivery.puback);
      return;
    }
    const outcome = queues[channel].offer(taken.envelope);
    metrics.envelopes.inc({ stream: channel, outcome });
    if (outcome !== "queued") delivery.puback();
  } else if (topic && channel === "senml") senml.offer(delivery, topic.node, nowMs);
  else delivery.puback();
}

/** True when the database answers in time. */
async function answers(store: RelationalStore): Promise<boolean> {
  const late = new AbortController();
  const isThere = store.ping().then(
    () => true,
    () => false,
  );
  const answer = await Promise.race([isThere, pause(CHECK_MS_MAX, late.signal).then(() => false)]);
  late.abort();
  return answer;
}
