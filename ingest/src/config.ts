/** Configuration of ingest, from environment variables. */
import { WINDOW_MAX } from "@jumpa-madu/contracts/ack";
import { type Environment, readEnvironment } from "@jumpa-madu/contracts/environment";
import { NAME_PATTERN } from "@jumpa-madu/contracts/ids";
import type { Checked } from "@jumpa-madu/contracts/validate";
import Type, { type Static } from "typebox";

const MIB = 1024 * 1024;

/** Every variable with its range and default. What has no default must be given. */
export const Config = Type.Object({
  MQTT_URL: Type.String({
    pattern: "^(mqtts?|wss?)://.+",
    description: "broker, such as mqtt://127.0.0.1:1883 or mqtts://broker.example:8883",
  }),
  INGEST_CLIENT_ID: Type.String({
    pattern: NAME_PATTERN,
    default: "ingest-s1",
    description:
      "client id and user name; fixed and one for each process, because the broker keeps a session under it",
  }),
  INGEST_SECRET: Type.String({ minLength: 20, maxLength: 200, description: "password at the broker" }),
  INGEST_SHARD: Type.String({
    pattern: NAME_PATTERN,
    default: "s1",
    description: "nodes that this process serves",
  }),
  DATABASE_URL: Type.String({
    pattern: "^(sqlite:.+|postgres(ql)?://.+)",
    description: "sqlite:/path/to/file or postgres://user:password@host:5432/database",
  }),
  TELEMETRY_URL: Type.String({
    pattern: "^(sqlite:|influx://|influx\\+https://).+",
    description: "sqlite:/path/to/another/file or influx://user:password@host:8086/database",
  }),
  INGEST_HTTP_HOST: Type.String({
    minLength: 1,
    default: "127.0.0.1",
    description: "address for /webhooks/, /healthz, /readyz, /metrics",
  }),
  INGEST_HTTP_PORT: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: 8081,
    description: "0: any free port",
  }),
  INGEST_LOG_LEVEL: Type.Enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"], {
    default: "info",
  }),
  INGEST_READINGS_QUEUE_BYTES_MAX: Type.Integer({
    minimum: 128 * 1024,
    maximum: 1024 * MIB,
    default: 32 * MIB,
    description: "bytes of readings held in memory, as received; parsed they take some four times as much",
  }),
  INGEST_READINGS_QUEUE_ENVELOPES_MAX: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 20_000 }),
  INGEST_RECORDS_QUEUE_BYTES_MAX: Type.Integer({
    minimum: 128 * 1024,
    maximum: 1024 * MIB,
    default: 16 * MIB,
    description: "bytes of records held in memory, as received",
  }),
  INGEST_RECORDS_QUEUE_ENVELOPES_MAX: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 20_000 }),
  INGEST_WINDOW: Type.Integer({
    minimum: 1,
    maximum: WINDOW_MAX,
    default: 8,
    description: "envelopes of one stream that a node may have in flight while nothing is short",
  }),
  INGEST_QUEUE_AGE_MS_MAX: Type.Integer({
    minimum: 1_000,
    maximum: 86_400_000,
    default: 300_000,
    description: "/readyz answers 503 when an envelope has waited longer, in milliseconds",
  }),
  INGEST_TELEMETRY_PROBE_MS: Type.Integer({
    minimum: 100,
    maximum: 3_600_000,
    default: 60_000,
    description:
      "time between two looks whether a telemetry store that refuses everything is mended, in milliseconds",
  }),
});
export type Config = Static<typeof Config>;

/** Reads the configuration; lists all faults at once, each by the name of its variable, and never repeats a value. */
export function loadConfig(env: Environment): Checked<Config> {
  return readEnvironment(Config, env, "INGEST_");
}
