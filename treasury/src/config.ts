/** Configuration of the treasury, from environment variables. */
import { type Environment, readEnvironment } from "@jumpa-madu/contracts/environment";
import { PAYOUT_PROVIDERS, type PayoutProviderId } from "@jumpa-madu/contracts/payout/outcome";
import type { Checked } from "@jumpa-madu/contracts/validate";
import Type, { type Static } from "typebox";

/** Characters of a provider's secret: it goes into a header. */
const SECRET_PATTERN = "^[!-~]{16,500}$";
const URL_PATTERN = "^https?://[^\\s/?#@]+(/[^\\s?#@]*[^\\s/?#@])?$";

/** Every variable with its range and default. What has no default must be given, but for the secrets of providers. */
export const Config = Type.Object({
  DATABASE_URL: Type.String({
    pattern: "^(sqlite:.+|postgres(ql)?://.+)",
    description: "sqlite:/path/to/file or postgres://user:password@host:5432/database",
  }),
  VAULT_URL: Type.String({
    pattern: "^(sqlite:.+|postgres(ql)?://.+)",
    default: "sqlite:data/vault.sqlite",
    description: "store of the keys of personal data; another file or database than the books",
  }),
  VAULT_KEY: Type.String({
    minLength: 1,
    maxLength: 200,
    description: "32 bytes as base64, the same as the api's: openssl rand -base64 32",
  }),
  TREASURY_HTTP_HOST: Type.String({
    minLength: 1,
    default: "127.0.0.1",
    description: "address for /webhooks/, /healthz, /readyz, /metrics",
  }),
  TREASURY_HTTP_PORT: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: 8082,
    description: "0: any free port",
  }),
  TREASURY_LOG_LEVEL: Type.Enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"], {
    default: "info",
  }),
  TREASURY_WORKER_ID: Type.Optional(
    Type.String({
      pattern: "^[A-Za-z0-9._:-]{1,100}$",
      description: "names this process at the jobs that it works on; host and process number when absent",
    }),
  ),
  TREASURY_JOBS_AT_ONCE: Type.Integer({
    minimum: 1,
    maximum: 32,
    default: 4,
    description: "jobs that are worked on at the same time",
  }),
  PAYOUT_PROVIDER: Type.Optional(
    Type.Enum([...PAYOUT_PROVIDERS], {
      description: "provider that payouts go to, the same as the api's; absent: the one that is configured",
    }),
  ),
  XENDIT_SECRET_KEY: Type.Optional(
    Type.String({
      pattern: SECRET_PATTERN,
      description: "key with the permission MONEY-OUT; absent: Xendit is off",
    }),
  ),
  XENDIT_CALLBACK_TOKEN: Type.Optional(
    Type.String({ pattern: SECRET_PATTERN, description: "token that Xendit's webhooks show" }),
  ),
  XENDIT_URL: Type.String({ pattern: URL_PATTERN, default: "https://api.xendit.co" }),
  XENDIT_REQUESTS_PER_MINUTE: Type.Integer({
    minimum: 1,
    maximum: 100_000,
    default: 300,
    description:
      "requests that are sent at most; Xendit takes 600 a minute with a live key, 60 with a test key",
  }),
  FLIP_SECRET_KEY: Type.Optional(
    Type.String({ pattern: SECRET_PATTERN, description: "key of Flip for Business; absent: Flip is off" }),
  ),
  FLIP_CALLBACK_TOKEN: Type.Optional(
    Type.String({ pattern: SECRET_PATTERN, description: "validation token that Flip's webhooks show" }),
  ),
  FLIP_URL: Type.String({
    pattern: URL_PATTERN,
    default: "https://bigflip.id/api",
    description: "its sandbox is https://bigflip.id/big_sandbox_api",
  }),
  FLIP_REQUESTS_PER_MINUTE: Type.Integer({
    minimum: 1,
    maximum: 100_000,
    default: 120,
    description: "requests that are sent at most",
  }),
});
export type Config = Static<typeof Config>;

/** Beginnings of variables that are the treasury's alone, so that an unknown one is a slip in a name. */
const OWN_PREFIXES = ["TREASURY_", "XENDIT_", "FLIP_"];

/** Reads the configuration; lists all faults at once, each by the name of its variable, and never repeats a value. */
export function loadConfig(env: Environment): Checked<Config> {
  const loaded = readEnvironment(Config, env);
  const unknown = Object.keys(env).filter(
    (name) => OWN_PREFIXES.some((prefix) => name.startsWith(prefix)) && !(name in Config.properties),
  );
  const faults = unknown.map((name) => `${name} is not a setting; is there a slip in its name?`);
  if (!loaded.ok) return { ok: false, faults: [...loaded.faults, ...faults] };
  faults.push(...faultsOfProvider("XENDIT", loaded.value), ...faultsOfProvider("FLIP", loaded.value));
  faults.push(...faultsOfChoice(loaded.value));
  return faults.length === 0 ? loaded : { ok: false, faults };
}

/** Provider that payouts go to; null when none is configured. */
export function chosenProvider({ PAYOUT_PROVIDER, ...config }: Config): PayoutProviderId | null {
  if (PAYOUT_PROVIDER !== undefined) return PAYOUT_PROVIDER;
  return PAYOUT_PROVIDERS.find((id) => config[`${PREFIXES[id]}_SECRET_KEY`] !== undefined) ?? null;
}

/** What the variables of each provider begin with. */
const PREFIXES = { "xendit-v2": "XENDIT", "flip-v3": "FLIP" } as const;

function faultsOfChoice({ PAYOUT_PROVIDER, ...config }: Config): string[] {
  const configured = PAYOUT_PROVIDERS.filter((id) => config[`${PREFIXES[id]}_SECRET_KEY`] !== undefined);
  if (PAYOUT_PROVIDER === undefined)
    return configured.length < 2
      ? []
      : [`PAYOUT_PROVIDER is missing; say which of ${configured.join(" and ")} payouts go to`];
  return configured.includes(PAYOUT_PROVIDER)
    ? []
    : [`PAYOUT_PROVIDER is ${PAYOUT_PROVIDER}, but ${PREFIXES[PAYOUT_PROVIDER]}_SECRET_KEY is missing`];
}

/** What is wrong with a provider's settings as a whole. */
function faultsOfProvider(name: "XENDIT" | "FLIP", config: Config): string[] {
  const key = config[`${name}_SECRET_KEY`];
  const token = config[`${name}_CALLBACK_TOKEN`];
  const faults: string[] = [];
  if (key !== undefined && token === undefined)
    faults.push(`${name}_CALLBACK_TOKEN is missing; without it anybody could send webhooks`);
  if (key === undefined && token !== undefined)
    faults.push(`${name}_SECRET_KEY is missing; leave both out to switch the provider off`);
  const url = URL.parse(config[`${name}_URL`]);
  if (url === null) return [...faults, `${name}_URL is not an address`];
  const isHere = isLoopback(url.hostname);
  if (url.protocol === "http:" && !isHere)
    faults.push(`${name}_URL must begin with https:, or the secret key is read on the way`);
  if (isHere && key?.startsWith("xnd_production_"))
    faults.push(
      `${name}_SECRET_KEY is a live key, and ${name}_URL is a simulator on this machine; take a test key`,
    );
  return faults;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || host.startsWith("127.");
}
