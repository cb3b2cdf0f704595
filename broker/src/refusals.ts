/** Why the broker says no: one list for logs and metrics, and a log that a flood cannot fill. */
import type { Logger } from "pino";
import { LOG_WINDOW_MS, LOGGED_REFUSALS_MAX } from "./limits.ts";
import type { BrokerMetrics } from "./metrics.ts";

/** Reasons, each said in one place of the code. */
const REFUSAL_REASONS = [
  // Of a connection, before MQTT.
  "connections",
  "connections_per_address",
  "accept",
  "tls_handshake",
  "subprotocol",
  // Of bytes.
  "packet_bytes",
  "packet_length_malformed",
  "connect_missing",
  "message_id_zero",
  // Of a CONNECT packet, by what it says.
  "protocol_version",
  "client_id",
  "keepalive",
  // Of credentials.
  "username",
  "unknown_id",
  "wrong_secret",
  "failed_before",
  "revoked",
  "authentications_waiting",
  "store_unavailable",
  "will",
  // Of a publish.
  "publish_topic",
  "publish_foreign",
  "publish_channel",
  "publish_qos",
  "publish_retain",
  "publish_status_bytes",
  "publish_rate",
  "retained_bytes",
  // Of a subscription.
  "subscribe_shared",
  "subscribe_filter",
  "subscriptions",
  // Of a connection that stood.
  "credentials_changed",
  "client_error",
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** Notes one refusal. `fields` are identifiers of who and what; never a secret. */
export type NoteRefusal = (reason: RefusalReason, fields: Record<string, unknown>) => void;

/**
 * Counts every refusal, and logs the first ones of each reason in each window; the first one of a later window tells
 * how many were left out.
 */
export function createNoteRefusal(
  log: Logger,
  metrics: BrokerMetrics,
  now: () => number = Date.now,
): NoteRefusal {
  // Each reason is there from the start, so that a first refusal shows as a rise.
  for (const reason of REFUSAL_REASONS) metrics.refused.inc({ reason }, 0);
  const windows = new Map<RefusalReason, { startMs: number; count: number }>();
  return (reason, fields) => {
    metrics.refused.inc({ reason });
    const nowMs = now();
    let window = windows.get(reason);
    let suppressed = 0;
    if (window === undefined || nowMs - window.startMs >= LOG_WINDOW_MS) {
      suppressed = Math.max(0, (window?.count ?? 0) - LOGGED_REFUSALS_MAX);
      window = { startMs: nowMs, count: 0 };
      windows.set(reason, window);
    }
    window.count++;
    if (window.count > LOGGED_REFUSALS_MAX) return;
    log.warn({ reason, ...fields, ...(suppressed > 0 && { suppressed }) }, "refused");
  };
}
