/**
 * Configuration of the agent: a JSON file named by EDGE_CONFIG, and environment variables that win over it.
 *
 * What hangs on the serial ports is in it as well, until the cloud sends a newer version (`uplink/node-config-receiver.ts`).
 */
import { NameId } from "@jumpa-madu/contracts/ids";
import { NodeProfile, nodeConfigFault, PORTS_MAX, Port } from "@jumpa-madu/contracts/node-config";
import { checkWithPorts } from "@jumpa-madu/contracts/port-check";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import Type, { type Static, type TSchema } from "typebox";
import { Default } from "typebox/value";
import { EdgeError } from "./edge-error.ts";

const strict = { additionalProperties: false } as const;

/** An object whose members have defaults, so that it may be left out as a whole. */
const Section = <P extends Record<string, TSchema>>(members: P) =>
  Type.Object(members, { ...strict, default: {} });

const Whole = (minimum: number, maximum: number, standard: number, description: string) =>
  Type.Integer({ minimum, maximum, default: standard, description });

const Broker = Type.Object(
  {
    url: Type.String({ pattern: "^(mqtts?|wss?)://", description: "mqtt:, mqtts:, ws: or wss:" }),
    ca_file: Type.Optional(Type.String({ description: "certificate authority to trust, PEM" })),
  },
  strict,
);

const Http = Section({
  host: Type.String({ default: "127.0.0.1", description: "address that the terminal server listens on" }),
  port: Whole(0, 65_535, 8082, "its port; 0: any free one"),
  hosts: Type.Array(Type.String(), {
    default: ["127.0.0.1", "localhost", "[::1]"],
    description: "names under which it may be called",
  }),
  origins: Type.Array(Type.String({ pattern: "^https?://[^/]+$" }), {
    default: [],
    description: "origins of pages that may call it, beside its own",
  }),
});

const Limits = Section({
  readings_rows: Whole(1_000, 10_000_000, 500_000, "rows of readings kept until acknowledged"),
  readings_mib: Whole(1, 4_096, 128, "their bytes, in MiB"),
  file_mib: Whole(4, 16_384, 512, "size of the outbox file, in MiB"),
  reserve_mib: Whole(0, 64, 4, "space kept back for a full disk, in MiB"),
  window: Whole(1, 32, 8, "envelopes of readings in flight"),
  catalogue_every_s: Whole(5, 86_400, 60, "pause between two requests for the catalogue, in seconds"),
  health_every_s: Whole(5, 86_400, 60, "pause between two health readings, in seconds"),
  weighing_held_s: Whole(10, 86_400, 600, "time for which a weighing waits for its deposit, in seconds"),
  listeners: Whole(1, 64, 8, "screens that follow the weight"),
});

/** Schema of the configuration, with unit, range and default of each setting. */
export const EdgeConfigSchema = Type.Object(
  {
    node: NameId,
    shard: Type.String({
      pattern: "^[a-z0-9-]{1,64}$",
      default: "s1",
      description: "ingest shard of the node",
    }),
    broker: Broker,
    api: Type.Object({ url: Type.String({ pattern: "^https?://" }) }, strict),
    secret: Type.String({ minLength: 16, maxLength: 256, description: "proves the node; never logged" }),
    data_dir: Type.String({ minLength: 1, default: "data/edge", description: "folder of the outbox" }),
    log_level: Type.Enum(["debug", "info", "warn", "error"], { default: "info" }),
    http: Http,
    limits: Limits,
    ports: Type.Array(Port, { maxItems: PORTS_MAX, default: [] }),
    profile: Section(NodeProfile.properties),
  },
  strict,
);
export type EdgeConfig = Static<typeof EdgeConfigSchema>;

const checker = checkerOf(EdgeConfigSchema);

/** Each variable and the setting that it gives. */
export const ENVIRONMENT = {
  EDGE_CONFIG: "the JSON file",
  EDGE_NODE: "/node",
  EDGE_SHARD: "/shard",
  EDGE_BROKER_URL: "/broker/url",
  EDGE_BROKER_CA_FILE: "/broker/ca_file",
  EDGE_API_URL: "/api/url",
  EDGE_SECRET: "/secret",
  EDGE_SECRET_FILE: "/secret, from a file",
  EDGE_DATA_DIR: "/data_dir",
  EDGE_LOG_LEVEL: "/log_level",
  EDGE_HTTP_HOST: "/http/host",
  EDGE_HTTP_PORT: "/http/port",
} as const;

/** Settings without a default, and what else each may be given by. */
const REQUIRED = {
  "/node": "EDGE_NODE",
  "/broker/url": "EDGE_BROKER_URL",
  "/api/url": "EDGE_API_URL",
  "/secret": "EDGE_SECRET or EDGE_SECRET_FILE",
} as const;

/** What the check says of them when they are missing: in other words, and without the variables. */
const MISSING = /^\/(broker|api)? must have required properties/;

type Environment = Partial<Record<string, string>>;

/** Reads a text file; throws when it cannot. */
export type ReadFile = (path: string) => string;

/**
 * Builds the configuration from variables and the files that they name. Reads nothing but by `readFile`.
 *
 * Throws EdgeError `config_invalid` with every fault, one a line; no line holds the value of a setting.
 */
export function loadConfig(environment: Environment, readFile: ReadFile): EdgeConfig {
  const faults: string[] = [];
  const attempt = (variable: string, read: () => unknown): unknown => {
    try {
      return read();
    } catch (error) {
      faults.push(`${variable}: ${error instanceof Error ? error.message : "cannot be read"}`);
      return undefined;
    }
  };
  // An empty variable is one that was left out, as an environment file writes it.
  const file = environment.EDGE_CONFIG || undefined;
  const base = file === undefined ? {} : attempt("EDGE_CONFIG", () => parseJson(readFile(file)));
  const settings = isObject(base) ? structuredClone(base) : {};
  if (base !== undefined && !isObject(base)) faults.push("EDGE_CONFIG: not a JSON object");
  const secretFile = environment.EDGE_SECRET_FILE || undefined;
  if (secretFile !== undefined) {
    const secret = attempt("EDGE_SECRET_FILE", () => readFile(secretFile).trim());
    if (secret !== undefined) settings.secret = secret;
  }
  overlay(settings, environment);

  // Of a file that cannot be read nobody knows what it lacks; nor does a secret lack whose file is named.
  const isKnown = (missing: string) => secretFile === undefined || !missing.startsWith("/secret ");
  if (isObject(base)) faults.push(...missingFrom(settings).filter(isKnown));
  const checked = checkWithPorts(checker, Default(EdgeConfigSchema, settings));
  if (!checked.ok) faults.push(...checked.faults.filter((fault) => !MISSING.test(fault)));
  else faults.push(...contradictionsIn(checked.value));
  if (!checked.ok || faults.length > 0) throw new EdgeError("config_invalid", faults.join("\n"));
  return checked.value;
}

/** Puts the variables that name a setting in their places. */
function overlay(settings: Record<string, unknown>, environment: Environment): void {
  for (const [variable, pointer] of Object.entries(ENVIRONMENT)) {
    const value = environment[variable];
    if (value === undefined || value === "" || !/^\/[a-z_/]+$/.test(pointer)) continue;
    const names = pointer.slice(1).split("/");
    const last = names.pop();
    let place = settings;
    for (const name of names) {
      const inner = place[name];
      const next = isObject(inner) ? inner : {};
      place[name] = next;
      place = next;
    }
    if (last !== undefined) place[last] = last === "port" && /^\d+$/.test(value) ? Number(value) : value;
  }
}

/** What is wrong although the shape is right. */
function contradictionsIn({ broker, api, ports, profile }: EdgeConfig): string[] {
  const found = {
    "/ports": nodeConfigFault({ version: 0, ports, ...profile }),
    "/broker/url": urlFault(broker.url),
    "/api/url": urlFault(api.url),
  };
  return Object.entries(found).flatMap(([pointer, fault]) => (fault === null ? [] : [`${pointer} ${fault}`]));
}

/** Names each required setting that is not there: its variable, and its place in the file. */
function missingFrom(settings: Record<string, unknown>): string[] {
  return Object.entries(REQUIRED).flatMap(([pointer, variables]) => {
    const names = pointer.slice(1).split("/");
    const value = names.reduce<unknown>(
      (place, name) => (isObject(place) ? place[name] : undefined),
      settings,
    );
    if (value !== undefined) return [];
    return `${pointer} is missing: set ${variables}, or ${names.join(".")} in the file that EDGE_CONFIG names`;
  });
}

/** A password within an address would be in the log with every error that names the address. */
function urlFault(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || url.hostname === "") return "must be an address with a host";
  if (url.username === "" && url.password === "") return null;
  return "must not hold a user or a password; those are /node and /secret";
}

/** The parser's own message would quote the text, and with it the secret. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("not JSON");
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
