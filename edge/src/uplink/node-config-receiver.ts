/**
 * Takes configurations from the broker: applies a newer one that is good, keeps it on disk, and refuses a bad one as a
 * whole with a reason that the status carries.
 */
import { NodeConfig, type Port, portFault } from "@jumpa-madu/contracts/node-config";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import type { Logger } from "pino";
import type { LastGood } from "../catalogue/last-good.ts";
import { CONFIG_BYTES_MAX } from "./uplink-limits.ts";

/** Name of the configuration among the documents kept. */
const DOCUMENT = "node-config";

const checker = checkerOf(NodeConfig);

export interface NodeConfigReceiverParts {
  /** What is in force when nothing newer was ever received. */
  initial: NodeConfig;
  kept: LastGood;
  /** Puts a configuration in force. Called once at the start and for each newer one. */
  apply: (config: NodeConfig) => void;
  log: Logger;
}

export interface NodeConfigReceiver {
  /** The configuration in force. */
  current(): NodeConfig;
  /** Why the latest newer configuration was refused; null when none was, or a good one came since. */
  fault(): string | null;
  /** Takes a message. Never throws on what it holds; true when it changed `current` or `fault`. */
  receive(payload: Uint8Array): boolean;
}

/** Makes the receiver and puts the newer of the kept and the initial configuration in force. */
export function nodeConfigReceiverOf({
  initial,
  kept,
  apply,
  log,
}: NodeConfigReceiverParts): NodeConfigReceiver {
  const earlier = checker.check(kept.read(DOCUMENT)?.value);
  let current = earlier.ok && earlier.value.version > initial.version ? earlier.value : initial;
  let fault: string | null = null;
  apply(current);

  return {
    current: () => current,
    fault: () => fault,
    receive(payload) {
      const parsed = parseNodeConfig(payload);
      if (!parsed.ok) {
        const changed = parsed.fault !== fault;
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
      current = config;
      fault = null;
      log.info({ version: config.version, ports: config.ports.length }, "configuration applied");
      apply(config);
      return true;
    },
  };
}

/** Reads a configuration from bytes; refuses it as a whole, in words that a status can carry: a check names eight faults. */
function parseNodeConfig(
  payload: Uint8Array,
): { ok: true; config: NodeConfig } | { ok: false; fault: string } {
  const refused = (fault: string) => ({ ok: false, fault }) as const;
  if (payload.length > CONFIG_BYTES_MAX)
    return refused(`${payload.length} bytes; at most ${CONFIG_BYTES_MAX}`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch {
    return refused("not JSON in UTF-8");
  }
  const checked = checker.check(value);
  if (!checked.ok) return refused(checked.faults.join("; "));
  const fault = portsFault(checked.value.ports);
  return fault === null ? { ok: true, config: checked.value } : refused(fault);
}

/** Says what is wrong with a port, or what two ports share that they must not; null when all is well. */
export function portsFault(ports: Port[]): string | null {
  const seen = new Set<string>();
  for (const port of ports) {
    const named = "bin" in port ? `bin ${port.bin}` : `scale ${port.scale}`;
    for (const name of [`path ${port.path}`, named]) {
      if (seen.has(name)) return `${name} is used by two ports`;
      seen.add(name);
    }
    const fault = portFault(port);
    if (fault !== null) return `${named}: ${fault}`;
  }
  return null;
}
