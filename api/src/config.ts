/** Configuration of the api: one schema with units, ranges and defaults; pure, and all faults at once. */
import { type Environment, readEnvironment } from "@jumpa-madu/contracts/environment";
import { PAYOUT_PROVIDERS } from "@jumpa-madu/contracts/payout/outcome";
import type { Checked } from "@jumpa-madu/contracts/validate";
import Type, { type Static } from "typebox";

const DatabaseUrl = Type.String({
  pattern: "^(sqlite|postgres|postgresql):.+",
  description: "sqlite:/path/to/file or postgres://user:password@host/database",
});

/** Every setting, under the name that it has in the environment. Secrets have no default. */
export const ConfigSchema = Type.Object({
  DATABASE_URL: DatabaseUrl,
  TELEMETRY_URL: Type.String({
    pattern: "^[a-z+]+:.+",
    description: "sqlite:/path/to/file or influx:…, as the telemetry store takes it",
  }),
  VAULT_URL: Type.String({
    pattern: "^(sqlite|postgres|postgresql):.+",
    default: "sqlite:data/vault.sqlite",
    description: "keys of the members' personal data; another store than DATABASE_URL",
  }),
  VAULT_KEY: Type.String({
    pattern: "^[A-Za-z0-9+/]{43}=$",
    description: "32 bytes as base64, which wrap every key of the vault",
  }),
  PAYOUT_PROVIDER: Type.Enum(["none", ...PAYOUT_PROVIDERS] as const, {
    default: "none",
    description: "who pays out what is not paid in cash; none: cash alone. The treasury has its keys",
  }),
  MQTT_URL: Type.String({ pattern: "^(mqtts?|wss?)://.+", default: "mqtt://127.0.0.1:1883" }),
  API_CLIENT_ID: Type.String({
    pattern: "^[a-z0-9-]{1,64}$",
    default: "api",
    description: "client id and user name at the broker; one for each process of the api",
  }),
  API_SECRET: Type.String({ minLength: 20, maxLength: 200, description: "password at the broker" }),
  API_HTTP_HOST: Type.String({ minLength: 1, default: "127.0.0.1", description: "address to listen on" }),
  API_HTTP_PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 8080 }),
  API_LOG_LEVEL: Type.Enum(["fatal", "error", "warn", "info", "debug", "silent"] as const, {
    default: "info",
  }),
  API_RATE_PER_MINUTE: Type.Integer({
    minimum: 10,
    maximum: 1_000_000,
    default: 600,
    description: "requests of one user, or of one address when nobody is signed in",
  }),
  API_TRUSTED_PROXIES: Type.String({
    default: "",
    maxLength: 1_000,
    description: "addresses whose X-Forwarded-For is believed, comma separated; empty: none",
  }),
  API_METRICS_TOKEN: Type.String({
    default: "",
    maxLength: 200,
    description: "bearer token for /metrics; empty: only callers on this machine, not through a proxy",
  }),
  API_EVENT_LOOP_DELAY_MS_MAX: Type.Integer({
    minimum: 0,
    maximum: 60_000,
    default: 1_000,
    description: "beyond it requests are answered 503; 0: never",
  }),
  API_WEB_DIST: Type.String({
    default: "",
    description: "folder of the built pages; empty: web/dist beside the api",
  }),
});
export type Config = Static<typeof ConfigSchema>;

const DatabaseSchema = Type.Pick(ConfigSchema, ["DATABASE_URL"]);

/** Reads the configuration; lists all faults at once, each by the name of its variable, and never repeats a value. */
export function loadConfig(env: Environment): Checked<Config> {
  const loaded = readEnvironment(ConfigSchema, env, "API_");
  if (!loaded.ok || loaded.value.VAULT_URL !== loaded.value.DATABASE_URL) return loaded;
  return { ok: false, faults: ["VAULT_URL must be another store than DATABASE_URL: keys and data apart"] };
}

/** Reads only what the commands need that work on the database. */
export function loadDatabaseConfig(env: Environment): Checked<Pick<Config, "DATABASE_URL">> {
  return readEnvironment(DatabaseSchema, env);
}
