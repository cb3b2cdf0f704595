/** What the broker counts, in a registry of its own, so that several brokers of one process do not mix. */
import { CHANNELS } from "@jumpa-madu/contracts/topics";
import { Counter, Gauge, Registry } from "prom-client";

/** Metrics of one broker. */
export interface BrokerMetrics {
  registry: Registry;
  connections: Gauge<"transport">;
  sessions: Gauge<string>;
  messages: Counter<"channel">;
  bytes: Counter<"direction">;
  refused: Counter<"reason">;
  authenticationFailures: Counter<"reason">;
}

/** Makes the metrics, all at zero. */
export function createMetrics(): BrokerMetrics {
  const registry = new Registry();
  const registers = [registry];
  const metrics: BrokerMetrics = {
    registry,
    connections: new Gauge({
      name: "broker_connections",
      help: "open connections, authenticated or not",
      labelNames: ["transport"],
      registers,
    }),
    sessions: new Gauge({ name: "broker_sessions", help: "authenticated connections", registers }),
    messages: new Counter({
      name: "broker_messages_in_total",
      help: "accepted publishes, wills included",
      labelNames: ["channel"],
      registers,
    }),
    bytes: new Counter({
      name: "broker_bytes_total",
      help: "MQTT bytes read from and written to clients",
      labelNames: ["direction"],
      registers,
    }),
    refused: new Counter({
      name: "broker_refused_total",
      help: "connections, packets, publishes and subscriptions that were refused",
      labelNames: ["reason"],
      registers,
    }),
    authenticationFailures: new Counter({
      name: "broker_authentication_failures_total",
      help: "CONNECT packets that were refused because of who sent them",
      labelNames: ["reason"],
      registers,
    }),
  };
  for (const channel of CHANNELS) metrics.messages.inc({ channel }, 0);
  return metrics;
}
