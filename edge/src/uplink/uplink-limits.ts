import type { Backoff } from "../backoff.ts";

/** Bounds and waits of the uplink. */
export interface UplinkLimits {
  /** Envelopes of readings in flight, until ingest asks for more or fewer. */
  readingsWindow: number;
  /** Wait for an acknowledgement before everything unacknowledged is sent again. */
  resend: Backoff;
  /** Wait before the next attempt to connect. */
  reconnect: Backoff;
  /** A connection that held this long was a good one: the waits begin anew after it, in milliseconds. */
  steadyMs: number;
  /** Longest wait for the broker's answer to CONNECT and SUBSCRIBE, in milliseconds. */
  connectTimeoutMs: number;
  /** Publishes that the broker has not confirmed; beyond it the connection is given up as stuck. */
  unconfirmedMax: number;
  /** Shortest time between two statuses, in milliseconds. */
  statusPauseMs: number;
  /** Longest time between two statuses, ±25 %, in milliseconds. */
  statusEveryMs: number;
  /** Longest wait for a farewell, in milliseconds. */
  farewellMs: number;
}

/** Bounds for a node in the field. */
export const UPLINK_LIMITS: UplinkLimits = {
  readingsWindow: 8,
  resend: { firstMs: 10_000, maxMs: 120_000 },
  reconnect: { firstMs: 1_000, maxMs: 60_000 },
  steadyMs: 30_000,
  connectTimeoutMs: 15_000,
  unconfirmedMax: 128,
  statusPauseMs: 5_000,
  statusEveryMs: 45_000,
  farewellMs: 1_000,
};

/** Largest acknowledgement that is looked at, in bytes. */
export const ACK_BYTES_MAX = 1024;

/** Largest configuration that is looked at, in bytes: 16 ports take under 8 KiB. */
export const CONFIG_BYTES_MAX = 64 * 1024;

/** Seconds after which a silent connection is probed (MQTT keep-alive); it is dead after one and a half of them. */
export const KEEPALIVE_S = 30;
