import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { ExpiryPolicy } from "@jumpa-madu/contracts/node-config";
import type { Notice } from "@jumpa-madu/contracts/notice";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { PriceList } from "../catalogue/price-list.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { PrintQueue } from "../printer/print-queue.ts";
import type { Scan } from "../readers/card-scans.ts";
import type { Scales } from "./scale.ts";
import type { KeptTries, SupervisorChecks } from "./supervisor-checks.ts";
import type { TerminalLimits } from "./terminal-limits.ts";
import type { Weighings } from "./weighings.ts";

/** State of a port as the status tells it. */
export interface PortView {
  path: string;
  protocol: string;
  /** The bin or scale. */
  device: string;
  open: boolean;
  /** Time since the last reading, in milliseconds; null when there was none yet. */
  last_reading_age_ms: number | null;
}

/** What the terminal stands on. */
export interface TerminalParts {
  node: string;
  version: string;
  outbox: Outbox;
  scales: Scales;
  /** Catalogue in force, and the time since it was confirmed. */
  catalogue: { priceList(): PriceList | null; ageMs(): number | null };
  isConnected: () => boolean;
  ports: () => PortView[];
  configVersion: () => number;
  /** What to do with a weight of a scale whose verification has expired. */
  expiryPolicy: () => ExpiryPolicy;
  /** Where wrong PINs are counted. */
  tries: KeptTries;
  /** Receipts on their way to the printer. */
  printing: PrintQueue;
  /** The last card that was held before a reader; null before the first. */
  latestScan: () => Scan | null;
  /** What a person can mend about the node's devices now. */
  notices: () => Notice[];
  /** Host names under which the terminal may be called, and pages of other origins that may call it. */
  allowed: { hosts: string[]; origins: string[] };
  limits: TerminalLimits;
  /** Time of day, in milliseconds since 1970. */
  nowMs?: () => number;
  log: Logger;
}

/** What every route file is given. */
export type RouteParts = TerminalParts & {
  weighings: Weighings;
  supervisors: SupervisorChecks;
  nowMs: () => number;
};

/** The server, with request types taken from the schemas. */
export type TerminalServer = FastifyInstance<
  import("node:http").Server,
  import("node:http").IncomingMessage,
  import("node:http").ServerResponse,
  Logger,
  TypeBoxTypeProvider
>;
