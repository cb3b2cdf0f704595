/**
 * Takes configurations from the broker: applies a newer one that is good, keeps it on disk, and refuses a bad one as a
 * whole with a reason that the status carries.
 */
import { deviceOf, NodeConfig, nodeConfigFault } from "@jumpa-madu/contracts/node-config";
import { checkWithPorts } from "@jumpa-madu/contracts/port-check";
import { CONFIG_FAULT_LENGTH_MAX } from "@jumpa-madu/contracts/status";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import type { Logger } from "pino";
import type { LastGood } from "../catalogue/last-good.ts";
import { CONFIG_BYTES_MAX } from "./uplink-limits.ts";

/** What the log says when the first configuration from the cloud drops what the node's own file has. */
const REPLACED =
  "configuration from the cloud replaces the local one: these are no longer configured; bind the ports (POST /v1/nodes/{id}/devices), and put printer and readers into the profile (PUT /v1/nodes/{id}/profile)";

/** Name of the configuration among the documents kept. */
const DOCUMENT = "node-config";

const checker = checkerOf(NodeConfig);

export interface NodeConfigReceiverParts {
  /** What is in force when nothing newer was ever received. */
  initial: NodeConfig;
  kept: LastGood;
  log: Logger;
}

export interface NodeConfigReceiver {
  /** The configuration in force. */
  current(): NodeConfig;
  /** Version of the newest configuration that was received, also if it was refused. */
  wantedVersion(): number;
  /** Calls `listener` with the configuration in force, now and whenever a newer one takes its place. It must not throw. */
  onApplied(listener: (config: NodeConfig) => void): void;
  /** Why the latest newer configuration was refused; null when none was, or a good one came since. */
  fault(): string | null;
  /** Takes a message. Never throws on what it holds; true when it changed what the others tell. */
  receive(payload: Uint8Array): boolean;
}

/** Makes the receiver and puts the newer of the kept and the initial configuration in force. */
export function nodeConfigReceiverOf({ initial, kept, log }: NodeConfigReceiverParts): NodeConfigReceiver {
  const earlier = checker.check(kept.read(DOCUMENT)?.value);
  let current = earlier.ok && earlier.value.version > initial.version ? earlier.value : initial;
  let wantedVersion = current.version;
  let fault: string | null = null;
  const listeners: ((config: NodeConfig) => void)[] = [];

  return {
    current: () => current,
    wantedVersion: () => wantedVersion,
    onApplied(listener) {
      listeners.push(listener);
      listener(current);
    },
    fault: () => fault,
    receive(payload) {
      const parsed = parseNodeConfig(payload);
      const isNewest = parsed.version > wantedVersion;
      if (isNewest) wantedVersion = parsed.version;
      if (!parsed.ok) {
        const changed = isNewest || parsed.fault !== fault;
        fault = parsed.fault;
        if (changed) log.warn({ fault }, "configuration refused");
        return changed;
      }
      const { config } = parsed;
      if (config.version <= current.version) {
        log.debug({ version: config.version, inForce: current.version }, "configuration is not newer");
        return false;
      }
      try {
        kept.write(DOCUMENT, { value: config, etag: null });
      } catch (error) {
        // The broker retains it: after a restart it comes again.
        log.error({ err: error, version: config.version }, "configuration could not be kept on disk");
      }
      const dropped = current.version === 0 ? onlyIn(current, config) : [];
      current = config;
      fault = null;
      if (dropped.length > 0) log.warn({ version: config.version, dropped }, REPLACED);
      log.info({ version: config.version, ports: config.ports.length }, "configuration applied");
      for (const listener of listeners) listener(config);
      return true;
    },
  };
}

/** A configuration, or why it is refused. `version` is what it calls itself, as far as that can be read; else -1. */
type ParsedConfig = { version: number } & ({ ok: true; config: NodeConfig } | { ok: false; fault: string });

/** Reads a configuration from bytes; refuses it as a whole, in words that a status can carry. */
function parseNodeConfig(payload: Uint8Array): ParsedConfig {
  const refused = (fault: string, version = -1) =>
    ({ ok: false, fault: fault.slice(0, CONFIG_FAULT_LENGTH_MAX), version }) as const;
  if (payload.length > CONFIG_BYTES_MAX)
    return refused(`${payload.length} bytes; at most ${CONFIG_BYTES_MAX}`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch {
    return refused("not JSON in UTF-8");
  }
  const version = versionOf(value);
  const checked = checkWithPorts(checker, value);
  if (!checked.ok) return refused(checked.faults.join("; "), version);
  const fault = nodeConfigFault(checked.value);
  return fault === null ? { ok: true, config: checked.value, version } : refused(fault, version);
}

/** Names of the devices that the first configuration has and the second has not. */
function onlyIn(one: NodeConfig, other: NodeConfig): string[] {
  const names = namesIn(other);
  return [...namesIn(one)].filter((name) => !names.has(name));
}

function namesIn({ ports, printer, readers = [] }: NodeConfig): Set<string> {
  return new Set([
    ...ports.map(deviceOf),
    ...(printer === undefined ? [] : ["printer"]),
    ...readers.map(({ path }) => `reader ${path}`),
  ]);
}

/** Version that a value calls itself although it may be no configuration; -1 when it does not. */
function versionOf(value: unknown): number {
  if (typeof value !== "object" || value === null || !("version" in value)) return -1;
  const { version } = value;
  return typeof version === "number" && Number.isSafeInteger(version) ? version : -1;
}
