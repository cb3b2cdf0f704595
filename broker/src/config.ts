/** Configuration of the broker, from the environment. */
import { type Environment, readEnvironment } from "@jumpa-madu/contracts/environment";
import type { Checked } from "@jumpa-madu/contracts/validate";
import Type, { type Static } from "typebox";
import { type BrokerLimits, PACKET_BYTES_MAX_DEFAULT } from "./limits.ts";

const port = (description: string) => Type.Integer({ minimum: 0, maximum: 65_535, description });
const whole = (minimum: number, maximum: number, more: { default: number; description: string }) =>
  Type.Integer({ minimum, maximum, ...more });

/** Every variable that the broker reads: unit, range, default. `off` leaves an optional one out. */
export const BrokerVariables = Type.Object(
  {
    DATABASE_URL: Type.String({
      pattern: "^(sqlite|postgres|postgresql):.+",
      description: "where nodes and service accounts are: sqlite:/path/to/file or postgres://...",
    }),
    BROKER_LOG_LEVEL: Type.Enum(["debug", "info", "warn", "error"], {
      default: "info",
      description: "least grave entries that are logged",
    }),
    BROKER_PLAIN_HOST: Type.String({
      default: "127.0.0.1",
      minLength: 1,
      description: "address of the listeners without encryption; secrets cross them in the clear",
    }),
    BROKER_TCP_PORT: Type.Optional({ ...port("MQTT over TCP; 0 draws a free port"), default: 1883 }),
    BROKER_WS_PORT: Type.Optional(port("MQTT over WebSocket")),
    BROKER_SECURE_HOST: Type.String({
      default: "0.0.0.0",
      minLength: 1,
      description: "address of the encrypted listeners",
    }),
    BROKER_TLS_PORT: Type.Optional(port("MQTT over TLS, usually 8883; needs certificate and key")),
    BROKER_WSS_PORT: Type.Optional(port("MQTT over secure WebSocket; needs certificate and key")),
    BROKER_TLS_CERT_FILE: Type.Optional(
      Type.String({ minLength: 1, description: "certificate chain, PEM; read at start" }),
    ),
    BROKER_TLS_KEY_FILE: Type.Optional(Type.String({ minLength: 1, description: "its private key, PEM" })),
    BROKER_HTTP_HOST: Type.String({
      default: "127.0.0.1",
      minLength: 1,
      description: "address of /healthz, /readyz, /metrics",
    }),
    BROKER_HTTP_PORT: Type.Optional({ ...port("port of /healthz, /readyz, /metrics"), default: 9401 }),
    BROKER_CONNECTIONS_MAX: whole(1, 1_000_000, {
      default: 12_000,
      description: "open connections in total",
    }),
    BROKER_CONNECTIONS_PER_ADDRESS_MAX: whole(1, 1_000_000, {
      default: 1_000,
      description: "open connections of one address; raise it behind a balancer, whose address all then have",
    }),
    BROKER_PACKET_BYTES_MAX: whole(1_024, 16_777_216, {
      default: PACKET_BYTES_MAX_DEFAULT,
      description: "bytes of one MQTT packet",
    }),
    BROKER_CONNECT_TIMEOUT_MS: whole(100, 600_000, {
      default: 10_000,
      description:
        "milliseconds for the handshake (TLS, WebSocket), and again from there to the CONNECT packet",
    }),
    BROKER_KEEPALIVE_S_MAX: whole(5, 65_535, {
      default: 300,
      description: "longest keep-alive of a client in seconds",
    }),
    BROKER_DRAIN_TIMEOUT_MS: whole(100, 60_000, {
      default: 8_000,
      description: "milliseconds that one stuck subscriber may hold up the others",
    }),
    BROKER_PUBLISH_RATE_PER_S: whole(1, 100_000, {
      default: 20,
      description: "publishes a second that a node may sustain",
    }),
    BROKER_PUBLISH_BURST: whole(1, 100_000, {
      default: 128,
      description: "publishes of a node at once: two streams of a full window, twice",
    }),
    BROKER_REVOCATION_POLL_MS: whole(100, 60_000, {
      default: 2_000,
      description: "milliseconds between two looks for revoked credentials",
    }),
  },
  { additionalProperties: false },
);

/** Configuration as the broker uses it. A port of null is no listener. */
export interface BrokerConfig {
  databaseUrl: string;
  logLevel: "debug" | "info" | "warn" | "error";
  plain: { host: string; tcpPort: number | null; wsPort: number | null };
  secure: {
    host: string;
    tlsPort: number | null;
    wssPort: number | null;
    certFile: string;
    keyFile: string;
  } | null;
  http: { host: string; port: number } | null;
  limits: BrokerLimits;
}

/** Reads the configuration; pure. Answers all faults at once, each naming its variable. */
export function loadConfig(env: Environment): Checked<BrokerConfig> {
  const read = readEnvironment(BrokerVariables, env, "BROKER_");
  if (!read.ok) return read;
  const faults = contradictions(read.value);
  return faults.length > 0 ? { ok: false, faults } : { ok: true, value: toConfig(read.value) };
}

function contradictions(values: Static<typeof BrokerVariables>): string[] {
  const faults: string[] = [];
  const isSecure = values.BROKER_TLS_PORT !== undefined || values.BROKER_WSS_PORT !== undefined;
  if (isSecure && values.BROKER_TLS_CERT_FILE === undefined) faults.push("BROKER_TLS_CERT_FILE is missing");
  if (isSecure && values.BROKER_TLS_KEY_FILE === undefined) faults.push("BROKER_TLS_KEY_FILE is missing");
  if (!isSecure && values.BROKER_TCP_PORT === undefined && values.BROKER_WS_PORT === undefined) {
    faults.push("no listener: set one of BROKER_TCP_PORT, BROKER_WS_PORT, BROKER_TLS_PORT, BROKER_WSS_PORT");
  }
  return faults;
}

function toConfig(values: Static<typeof BrokerVariables>): BrokerConfig {
  const { BROKER_TLS_CERT_FILE: certFile, BROKER_TLS_KEY_FILE: keyFile } = values;
  const tlsPort = values.BROKER_TLS_PORT ?? null;
  const wssPort = values.BROKER_WSS_PORT ?? null;
  const hasSecure = certFile !== undefined && keyFile !== undefined && (tlsPort !== null || wssPort !== null);
  return {
    databaseUrl: values.DATABASE_URL,
    logLevel: values.BROKER_LOG_LEVEL,
    plain: {
      host: values.BROKER_PLAIN_HOST,
      tcpPort: values.BROKER_TCP_PORT ?? null,
      wsPort: values.BROKER_WS_PORT ?? null,
    },
    secure: hasSecure ? { host: values.BROKER_SECURE_HOST, tlsPort, wssPort, certFile, keyFile } : null,
    http:
      values.BROKER_HTTP_PORT === undefined
        ? null
        : { host: values.BROKER_HTTP_HOST, port: values.BROKER_HTTP_PORT },
    limits: {
      connectionsMax: values.BROKER_CONNECTIONS_MAX,
      connectionsPerAddressMax: values.BROKER_CONNECTIONS_PER_ADDRESS_MAX,
      packetBytesMax: values.BROKER_PACKET_BYTES_MAX,
      connectTimeoutMs: values.BROKER_CONNECT_TIMEOUT_MS,
      keepaliveSMax: values.BROKER_KEEPALIVE_S_MAX,
      drainTimeoutMs: values.BROKER_DRAIN_TIMEOUT_MS,
      publishRatePerS: values.BROKER_PUBLISH_RATE_PER_S,
      publishBurst: values.BROKER_PUBLISH_BURST,
      revocationPollMs: values.BROKER_REVOCATION_POLL_MS,
    },
  };
}
