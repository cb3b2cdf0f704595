/** What ingest counts, for Prometheus. One registry a process object, so that two in one process do not add up. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";

export type Metrics = ReturnType<typeof createMetrics>;

const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Makes the metrics, all at zero. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name: `ingest_${name}_total`, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Gauge({ name: `ingest_${name}`, help, labelNames, registers });
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name: `ingest_${name}`, help, buckets, registers });
  return {
    registry,
    /** `outcome`: queued, duplicate, known, full, out_of_order, refused. */
    envelopes: counter("envelopes", "Envelopes by what became of them on arrival", ["stream", "outcome"]),
    items: counter("items", "Items of envelopes that were settled", ["stream"]),
    stored: counter("points_stored", "Readings that the telemetry store has made durable", []),
    recordsPosted: counter("records_posted", "Records posted to the books", ["kind"]),
    recordsDuplicate: counter("records_duplicate", "Records that had been posted before", []),
    quarantined: counter("quarantined", "Items that were not accepted", ["code"]),
    quarantineOver: counter("quarantine_over_limit", "Items that were not accepted and only counted", []),
    recordsHeld: counter(
      "records_held_back",
      "Times that a record was not acknowledged, because quarantine has no room for it",
      [],
    ),
    thinned: counter("thinned", "Numbers that the edge declared as thinned out", ["stream"]),
    gapNumbers: counter("gap_numbers", "Numbers that nodes no longer hold and that never arrived", [
      "stream",
    ]),
    statuses: counter("statuses", "Statuses of nodes that were kept", []),
    /** `source`: lorawan, senml. `outcome`: stored, duplicate, quarantined, unavailable. */
    uplinks: counter("uplinks", "Uplinks of remote sensors by what became of them", ["source", "outcome"]),
    webhookEvents: counter("webhook_events", "Messages of network servers that hold no reading", [
      "server",
      "event",
    ]),
    /** `reason`: secret, rate, server. */
    webhookRefused: counter("webhook_refused", "Requests to webhooks that were refused", ["reason"]),
    packsOver: counter("senml_packs_over_limit", "SenML packs for which there was no room", []),
    acks: counter("acks", "Acknowledgements handed to the broker", ["stream"]),
    queueBytes: gauge("queue_bytes", "Bytes of envelopes that are held", ["stream"]),
    queueEnvelopes: gauge("queue_envelopes", "Envelopes that are held", ["stream"]),
    queueAgeS: gauge("queue_age_seconds", "Age of the envelope that is held longest", ["stream"]),
    halted: gauge("telemetry_halted", "1 while the telemetry store refuses everything", []),
    unavailable: counter("telemetry_unavailable", "Writes that the telemetry store did not take", []),
    databaseRetries: counter("database_retries", "Transactions that are to be tried again", []),
    writeS: histogram("telemetry_write_seconds", "Duration of one write of points", SECONDS),
    batchPoints: histogram(
      "telemetry_batch_points",
      "Points of one write",
      [1, 10, 100, 500, 1000, 2500, 5000],
    ),
    commitS: histogram("commit_seconds", "Duration of one group commit", SECONDS),
    recordsS: histogram("records_commit_seconds", "Duration of one transaction of records", SECONDS),
    batchRecords: histogram("records_batch", "Records of one transaction", [1, 10, 50, 100, 250, 500]),
  };
}
