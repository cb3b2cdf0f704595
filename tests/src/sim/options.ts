/** Options of the simulator on its command line. */

import { parseArgs } from "node:util";
import { ENVELOPE_ITEMS_MAX } from "@jumpa-madu/contracts/envelope";
import { isName } from "@jumpa-madu/contracts/ids";
import { PORTS_MAX } from "@jumpa-madu/contracts/node-config";
import type { Checked } from "@jumpa-madu/contracts/validate";
import { NODES_MAX } from "./credentials.ts";

/** Most bins of one process. */
const BINS_MAX = 200_000;

/** Numbers on the command line: range, default, meaning. */
const NUMBERS = {
  bins: { min: 0, max: BINS_MAX, standard: 100, says: "bins" },
  scales: { min: 0, max: NODES_MAX, standard: 2, says: "scales, each at a waste bank and a node of its own" },
  "bins-per-node": { min: 1, max: PORTS_MAX, standard: 1, says: "bins on one node" },
  "every-s": { min: 0.05, max: 86_400, standard: 60, says: "seconds between two readings of a bin" },
  batch: {
    min: 1,
    max: ENVELOPE_ITEMS_MAX,
    standard: 1,
    says: "readings that a node gathers for one envelope",
  },
  "deposits-per-minute": {
    min: 0,
    max: 600,
    standard: 1,
    says: "deposits of a scale in a minute, on average",
  },
  "duration-s": { min: 0.1, max: 604_800, standard: 60, says: "seconds for which readings are made" },
  "grace-s": { min: 1, max: 3_600, standard: 60, says: "seconds that the last acknowledgements may take" },
  "status-every-s": {
    min: 0,
    max: 86_400,
    standard: 45,
    says: "seconds between two statuses; 0: only on connecting",
  },
  "connects-per-s": { min: 1, max: 5_000, standard: 500, says: "connections that are begun in a second" },
  seed: { min: 0, max: 0xffff_ffff, standard: 1, says: "same seed, same bins and visitors" },
} as const satisfies Record<string, { min: number; max: number; standard: number; says: string }>;

type NumberName = keyof typeof NUMBERS;

/** Numbers that need not be whole. */
const FRACTIONS: readonly string[] = [
  "every-s",
  "deposits-per-minute",
  "duration-s",
  "grace-s",
  "status-every-s",
] satisfies NumberName[];

const TEXTS = {
  broker: "mqtt://host:port or mqtts://host:port (mqtt://127.0.0.1:1883)",
  ca: "certificate authority of an mqtts broker, PEM file",
  shard: "shard of the nodes (s1)",
  database:
    "sqlite:FILE or postgres://…: registers there all that the fleet needs, under names that begin with sim-",
  credentials:
    "file with a JSON line for each node {id, secret, bins?, scales?, waste_bank?, members?, prices?}",
  "save-credentials": "writes what --database registered as such a file; it holds secrets (mode 600)",
} as const;

/** What the simulator is to do. */
export interface SimOptions {
  broker: URL;
  caFile: string | null;
  shard: string;
  source: { kind: "database"; url: string } | { kind: "credentials"; file: string };
  saveCredentialsFile: string | null;
  bins: number;
  scales: number;
  binsPerNode: number;
  everyS: number;
  batch: number;
  depositsPerMinute: number;
  durationS: number;
  graceS: number;
  statusEveryS: number;
  connectsPerS: number;
  seed: number;
}

/** Explains every option. */
export const HELP = `A simulated fleet of bins and scales, as MQTT nodes, against any broker.

npm run -s sim -- --database URL | --credentials FILE [options]

${[
  ...Object.entries(TEXTS).map(([name, says]) => `  --${name.padEnd(20)} ${says}`),
  ...Object.entries(NUMBERS).map(
    ([name, { says, min, max, standard }]) =>
      `  --${name.padEnd(20)} ${says}: ${min} to ${max} (${standard})`,
  ),
  `  --${"help".padEnd(20)} this text`,
].join("\n")}

Nodes speak as the edge does: epoch, first, floor, items; eight envelopes in flight; what is not acknowledged by ingest
is sent again. Their outbox is in memory. With --database a node that exists gets a new secret.

Standard error shows how it goes. Standard output has one JSON line at the end: nodes, sent and acknowledged (readings),
unacknowledged (readings and deposits), deposits, deposits_acknowledged, duration_s, p50_ms and p99_ms (from the first
publish of an envelope to its acknowledgement; null when there was none), reconnects.
Exit code: 0 all acknowledged; 1 not all, or it could not run; 2 wrong options. SIGINT ends the making early.

A broker of ours takes 1,000 connections of one address unless BROKER_CONNECTIONS_PER_ADDRESS_MAX says more. A process
may open as many files as \`ulimit -n\` says; each node needs one.
`;

/** Reads the command line; "help" when it asks for help. All faults at once. */
export function parseOptions(args: string[]): Checked<SimOptions> | "help" {
  let values: Partial<Record<string, string | boolean>>;
  try {
    ({ values } = parseArgs({
      args,
      strict: true,
      options: {
        ...Object.fromEntries(
          [...Object.keys(TEXTS), ...Object.keys(NUMBERS)].map((name) => [name, { type: "string" as const }]),
        ),
        help: { type: "boolean" as const },
      },
    }));
  } catch (error) {
    return { ok: false, faults: [error instanceof Error ? error.message : String(error)] };
  }
  if (values.help === true) return "help";
  const faults: string[] = [];
  const text = (name: keyof typeof TEXTS) => {
    const value = values[name];
    return typeof value === "string" && value !== "" ? value : null;
  };
  const number = (name: NumberName) => numberOf(name, values[name], faults);
  const source = sourceOf(text("database"), text("credentials"), faults);
  const shard = text("shard") ?? "s1";
  if (!isName(shard)) faults.push("--shard must be a name of a-z, 0-9 and -");
  if (text("save-credentials") !== null && text("database") === null)
    faults.push("--save-credentials needs --database");
  const options: SimOptions = {
    broker: brokerOf(text("broker") ?? "mqtt://127.0.0.1:1883", faults),
    caFile: text("ca"),
    shard,
    source,
    saveCredentialsFile: text("save-credentials"),
    bins: number("bins"),
    scales: number("scales"),
    binsPerNode: number("bins-per-node"),
    everyS: number("every-s"),
    batch: number("batch"),
    depositsPerMinute: number("deposits-per-minute"),
    durationS: number("duration-s"),
    graceS: number("grace-s"),
    statusEveryS: number("status-every-s"),
    connectsPerS: number("connects-per-s"),
    seed: number("seed"),
  };
  const nodes = Math.ceil(options.bins / options.binsPerNode) + options.scales;
  if (nodes > NODES_MAX) faults.push(`${nodes} nodes; one process takes ${NODES_MAX}`);
  if (nodes === 0) faults.push("--bins and --scales are both 0");
  return faults.length > 0 ? { ok: false, faults } : { ok: true, value: options };
}

function numberOf(name: NumberName, text: string | boolean | undefined, faults: string[]): number {
  const { min, max, standard } = NUMBERS[name];
  if (text === undefined) return standard;
  const value = typeof text === "string" && text.trim() !== "" ? Number(text) : Number.NaN;
  const isKind = FRACTIONS.includes(name) ? Number.isFinite(value) : Number.isInteger(value);
  if (isKind && value >= min && value <= max) return value;
  const kind = FRACTIONS.includes(name) ? "a number" : "a whole number";
  faults.push(`--${name} must be ${kind} from ${min} to ${max}`);
  return standard;
}

function sourceOf(
  database: string | null,
  credentials: string | null,
  faults: string[],
): SimOptions["source"] {
  if ((database === null) === (credentials === null)) faults.push("give one of --database and --credentials");
  if (database !== null && !/^(sqlite:.+|postgres(ql)?:\/\/.+)/.test(database))
    faults.push("--database must be sqlite:FILE or postgres://…");
  return database === null
    ? { kind: "credentials", file: credentials ?? "" }
    : { kind: "database", url: database };
}

function brokerOf(text: string, faults: string[]): URL {
  if (/^mqtts?:\/\/[^/]+\/?$/.test(text) && URL.canParse(text)) return new URL(text);
  faults.push("--broker must be mqtt://host:port or mqtts://host:port");
  return new URL("mqtt://127.0.0.1");
}
