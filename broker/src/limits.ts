/**
 * Every bound of the broker, with what happens at it.
 *
 * Those of `BrokerLimits` come from the configuration; the others follow from the wire format or from Aedes and have
 * no reason to differ between installations.
 */
import { ENVELOPE_BYTES_MAX } from "@jumpa-madu/contracts/envelope";

/** Bounds that an installation may move. Their ranges and defaults stand in `config.ts`. */
export interface BrokerLimits {
  /** Open connections of all listeners together. Beyond: the new connection is closed at once. */
  connectionsMax: number;
  /** Open connections of one remote address. Beyond: the new connection is closed at once. */
  connectionsPerAddressMax: number;
  /** Bytes of one MQTT packet with its header. Beyond: closed when the header tells the length, before the body. */
  packetBytesMax: number;
  /** For the handshake (TLS, WebSocket), and again from there to the CONNECT packet. Beyond: closed. */
  connectTimeoutMs: number;
  /** Longest keep-alive that a client may ask for; none at all is refused as well. Beyond: CONNACK 5. */
  keepaliveSMax: number;
  /** How long one subscriber that does not read may hold up delivery to all. Beyond: closed. */
  drainTimeoutMs: number;
  /** Publishes a second that a node may sustain. Beyond: delayed, later closed; see `PUBLISH_DELAY_MS_MAX`. */
  publishRatePerS: number;
  /** Publishes of a node that pass at once before the rate counts. */
  publishBurst: number;
  /** Time between two looks for revoked and rotated credentials. */
  revocationPollMs: number;
}

/** Default of `packetBytesMax`: the largest envelope, and room for header and topic. */
export const PACKET_BYTES_MAX_DEFAULT = ENVELOPE_BYTES_MAX + 1024;

/**
 * Bytes of the first packet, which arrives before anyone is known: ids, secret, and as will a status without notices. Beyond: closed.
 */
export const CONNECT_BYTES_MAX = 8 * 1024;

/** Highest quality of service of a publish: QoS 2 would keep state for each message. Beyond: disconnected. */
export const PUBLISH_QOS_MAX = 1;

/** Levels of a topic or filter; ours have five. Beyond: disconnected by Aedes. */
export const TOPIC_LEVELS_MAX = 10;

/** Filters of one connection: ingest needs four a shard. Beyond: refused with 0x80. */
export const SUBSCRIPTIONS_MAX = 64;

/** Refused filters of one connection. Beyond: disconnected, since a client that works asks for none. */
export const SUBSCRIPTION_REFUSALS_MAX = 32;

/** Longest that the rate limit delays one publish, in milliseconds. Beyond: disconnected. Below any keep-alive. */
export const PUBLISH_DELAY_MS_MAX = 5_000;

/** Messages that are being delivered at one time. Beyond: publishers wait, which their TCP window tells them. */
export const DELIVERY_CONCURRENCY = 100;

/** Packets that a client may send before its CONNACK. Beyond: disconnected by Aedes. */
export const EARLY_PACKETS_MAX = 42;

/** Credentials that are looked up at one time. Beyond: they wait. */
export const AUTHENTICATIONS_MAX = 32;

/** Connections that wait for a lookup. Beyond: CONNACK 3, the client comes back later. */
export const AUTHENTICATIONS_WAITING_MAX = 5_000;

/** Longest that a connection waits for the store's answer, in milliseconds. Beyond: CONNACK 3. */
export const AUTHENTICATION_MS_MAX = 10_000;

/** Wrong credentials that are remembered, and addresses that sent them. Beyond: the oldest is forgotten. */
export const FAILURES_REMEMBERED_MAX = 10_000;

/** How long credentials that failed are refused without asking the store, in milliseconds. */
export const FAILURE_REMEMBERED_MS = 10_000;

/** Different wrong credentials of one address within `FAILURES_WINDOW_MS`. Beyond: `FAILURE_DELAY_MS` before each no. */
export const FAILURES_PER_ADDRESS_MAX = 100;

/**
 * How long an address over its budget waits for the answer to wrong credentials, in milliseconds: with 1,000 open
 * connections at most 1,000 tries a second. Right ones are answered at once.
 */
export const FAILURE_DELAY_MS = 1_000;

/** Over which wrong credentials of one address are counted, in milliseconds. */
export const FAILURES_WINDOW_MS = 60_000;

/**
 * How far the clock of whoever changes credentials may be behind this one, in milliseconds, so that the change is
 * still noticed; also covers the time from the change to its commit.
 */
export const CLOCK_DIFFERENCE_MS_MAX = 60_000;

/** Time for clients to be closed in order when the broker stops, in milliseconds. Beyond: their sockets are destroyed. */
export const CLOSE_MS_MAX = 2_500;

/**
 * Bytes of all retained messages together. Beyond: the message is delivered but not retained, and what was retained
 * under its topic before, which no longer holds, is forgotten.
 */
export const RETAINED_BYTES_MAX = 256 * 1024 * 1024;

/** Open connections to the status face. Beyond: the new one is closed at once. */
export const STATUS_CONNECTIONS_MAX = 64;

/** Refusals of one reason that are logged within `LOG_WINDOW_MS`. Beyond: only counted, and the count is logged. */
export const LOGGED_REFUSALS_MAX = 20;

/** Window of `LOGGED_REFUSALS_MAX`, in milliseconds. */
export const LOG_WINDOW_MS = 10_000;

/** Time that the readiness probe gives the store, in milliseconds. Beyond: not ready. */
export const READY_MS_MAX = 2_000;
