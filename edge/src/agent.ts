/** The agent: builds its parts from a configuration, joins them, and takes them down in order. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Reading } from "@jumpa-madu/contracts/readings";
import type { Logger } from "pino";
import { CATALOGUE_LIMITS, startCatalogueFeed } from "./catalogue/catalogue-feed.ts";
import { openLastGood } from "./catalogue/last-good.ts";
import { channelsOf, type StartChannel } from "./channels.ts";
import type { EdgeConfig } from "./config.ts";
import { startHealth } from "./health.ts";
import { type Outbox, openOutbox } from "./outbox/outbox.ts";
import { OUTBOX_LIMITS, type OutboxLimits } from "./outbox/outbox-limits.ts";
import { startPrintQueue } from "./printer/print-queue.ts";
import { printBytes } from "./printer/printer-link.ts";
import { cardReadersOf } from "./readers/card-readers.ts";
import { unboundNotices } from "./terminal/binding.ts";
import { buildTerminal } from "./terminal/terminal-app.ts";
import { TERMINAL_LIMITS } from "./terminal/terminal-limits.ts";
import { expiryNotices } from "./terminal/verification.ts";
import { nodeConfigReceiverOf } from "./uplink/node-config-receiver.ts";
import { startUplink } from "./uplink/uplink.ts";
import { UPLINK_LIMITS } from "./uplink/uplink-limits.ts";

const BYTES_PER_MIB = 1024 * 1024;
const MS_PER_S = 1000;

/** What does not stand in the configuration. */
export interface AgentParts {
  /** Version of the agent, for the status. */
  version: string;
  /** Starts the channel of a port. */
  startChannel: StartChannel;
}

export interface Agent {
  /** Address of the terminal server. */
  url: string;
  /** Commits what waits, says farewell to the broker and closes everything. */
  stop(): Promise<void>;
}

/**
 * Starts the agent. Throws EdgeError when the outbox cannot be opened, and the system's error when the terminal server
 * cannot listen; what had been started is then stopped again.
 */
export async function startAgent(config: EdgeConfig, log: Logger, parts: AgentParts): Promise<Agent> {
  const started = new AsyncDisposableStack();
  try {
    const url = await startParts(config, log, { ...parts, started });
    log.info({ url, version: parts.version }, "agent started");
    return { url, stop: () => started.disposeAsync() };
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}

/** Starts part by part; `started` takes them down in the opposite order. Answers the terminal's address. */
async function startParts(
  config: EdgeConfig,
  log: Logger,
  { version, startChannel, started }: AgentParts & { started: AsyncDisposableStack },
): Promise<string> {
  const { node, shard, secret, broker, limits } = config;
  warnOfPlainText(config, log);
  mkdirSync(config.data_dir, { recursive: true, mode: 0o700 });
  const outbox = openOutbox(join(config.data_dir, "outbox.sqlite"), outboxLimits(config));
  started.defer(() => outbox.close());
  const kept = openLastGood(join(config.data_dir, "last-good.sqlite"), log);
  started.defer(() => kept.close());

  const catalogue = startCatalogueFeed({
    apiUrl: config.api.url,
    node,
    secret,
    kept,
    limits: { ...CATALOGUE_LIMITS, everyMs: limits.catalogue_every_s * MS_PER_S },
    log: log.child({ part: "catalogue" }),
  });
  started.defer(() => catalogue.stop());

  const channels = channelsOf({
    start: startChannel,
    sink: (reading) => appendOrEnd(outbox, reading),
    log: log.child({ part: "serial" }),
  });
  started.defer(() => channels.stop());
  const nodeConfig = nodeConfigReceiverOf({
    initial: { version: 0, ports: config.ports, ...config.profile },
    kept,
    log,
  });
  nodeConfig.onApplied((applied) => channels.apply(applied));
  const printing = startPrintQueue({
    print: (printer, bytes, signal) => printBytes(printer, bytes, { signal }),
    log: log.child({ part: "printer" }),
  });
  started.defer(() => printing.stop());
  nodeConfig.onApplied(({ printer }) => printing.configure(printer));
  const readers = cardReadersOf({ log: log.child({ part: "readers" }) });
  started.defer(() => readers.stop());
  nodeConfig.onApplied((applied) => readers.configure(applied.readers ?? []));
  started.defer(startHealth({ outbox, ports: channels.views, everyMs: limits.health_every_s * MS_PER_S }));

  const expired = () =>
    expiryNotices(channels.scales(), { priceList: catalogue.priceList(), nowMs: Date.now() });
  const unbound = () =>
    unboundNotices(channels.scales(), {
      node,
      priceList: catalogue.priceList(),
      configVersion: nodeConfig.current().version,
    });
  const notices = () => [
    ...channels.notices(),
    ...unbound(),
    ...expired(),
    ...(printing.notice === null ? [] : [printing.notice]),
    ...readers.notices(),
  ];
  const uplink = startUplink({
    node,
    shard,
    secret,
    broker: {
      url: broker.url,
      ca: broker.ca_file === undefined ? undefined : readFileSync(broker.ca_file, "utf8"),
    },
    version,
    outbox,
    nodeConfig,
    notices,
    limits: { ...UPLINK_LIMITS, readingsWindow: limits.window },
    log: log.child({ part: "uplink" }),
  });
  started.defer(() => uplink.stop());

  const terminal = buildTerminal({
    node,
    version,
    outbox,
    scales: channels.scales,
    catalogue,
    isConnected: uplink.isConnected,
    ports: channels.views,
    configVersion: () => nodeConfig.current().version,
    expiryPolicy: () => nodeConfig.current().on_expired_verification ?? "warn",
    tries: kept,
    printing,
    latestScan: () => readers.latest,
    notices,
    allowed: config.http,
    limits: {
      ...TERMINAL_LIMITS,
      weighingHeldMs: limits.weighing_held_s * MS_PER_S,
      listenersMax: limits.listeners,
    },
    log: log.child({ part: "terminal" }),
  });
  started.defer(() => terminal.close());
  return terminal.listen({ host: config.http.host, port: config.http.port });
}

/** A failing disk ends the process, by way of `uncaughtException`; it must not be taken for trouble with the port. */
function appendOrEnd(outbox: Outbox, reading: Reading): void {
  try {
    outbox.appendReading(reading);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

function outboxLimits({ limits }: EdgeConfig): OutboxLimits {
  return {
    ...OUTBOX_LIMITS,
    readingsRowsMax: limits.readings_rows,
    readingsBytesMax: limits.readings_mib * BYTES_PER_MIB,
    fileBytesMax: limits.file_mib * BYTES_PER_MIB,
    reserveBytes: limits.reserve_mib * BYTES_PER_MIB,
  };
}

/** Says when the secret would travel for anyone to read. */
function warnOfPlainText({ broker, api }: EdgeConfig, log: Logger): void {
  for (const address of [broker.url, api.url]) {
    const { protocol, hostname, host } = new URL(address);
    const isPlain = ["mqtt:", "ws:", "http:"].includes(protocol);
    const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
    if (isPlain && !isLocal) log.warn({ protocol, host }, "the secret travels unencrypted");
  }
}
