/** What the treasury counts, for Prometheus. One registry a process object, so that two in one process do not add up. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";

export type Metrics = ReturnType<typeof createMetrics>;

/** Makes the metrics, all at zero. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name: `treasury_${name}_total`, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Gauge({ name: `treasury_${name}`, help, labelNames, registers });
  return {
    registry,
    /** `result`: the status, or why there was no answer. */
    calls: counter("provider_calls", "Requests to providers by what came back", [
      "provider",
      "method",
      "result",
    ]),
    callS: new Histogram({
      name: "treasury_provider_call_seconds",
      help: "Duration of one request to a provider",
      labelNames: ["provider"],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30],
      registers,
    }),
    /** `call`: submit, lookup. */
    outcomes: counter("outcomes", "What was said of attempts", ["provider", "call", "outcome"]),
    jobs: counter("jobs", "Jobs that were worked on", ["kind"]),
    jobFailures: counter(
      "job_failures",
      "Jobs that broke off and are claimed again when their lease is over",
      ["kind"],
    ),
    jobsRunning: gauge("jobs_running", "Jobs under way", []),
    /** `outcome`: new, seen. */
    webhooks: counter("webhooks", "Webhooks that showed our token", ["provider", "outcome"]),
    /** `reason`: token, rate. */
    webhooksRefused: counter("webhooks_refused", "Webhooks that did not show our token", [
      "provider",
      "reason",
    ]),
    inboxParked: counter("inbox_parked", "Messages that moved nothing and wait for a person", ["provider"]),
    reconciliations: counter("reconciliations", "Days that were compared with a provider", ["provider"]),
    findings: counter("reconciliation_findings", "What the comparison has found", ["provider"]),
    closes: counter("closes", "Days that were closed", []),
  };
}
