/** Stanza: the part of a node's configuration that reads what was found on a port. */
import { isSerialServer } from "@jumpa-madu/contracts/port-path";
import { READER_PROTOCOLS, SCALE_PROTOCOLS } from "@jumpa-madu/contracts/protocols";
import type { SerialLine } from "../protocols/protocol.ts";
import { PERHAPS_MIN } from "../protocols/sniff.ts";
import type { Finding } from "./finding.ts";

/** Name to put in until the operator gives the right one. */
const NAME_OF = { scale: "scale-1", bin: "bin-1" } as const;

/** A port as configured, still to be checked against the contract. */
export type Stanza = Record<string, unknown>;

/** Lists of the configuration: what weighs and measures, and what reads the codes of cards. */
export type StanzaPlace = "ports" | "profile.readers";

/** Makes the stanza of the best candidate; null when nothing was recognised. `name` is that of the bin or scale. */
export function stanzaOf(finding: Finding, name?: string): Stanza | null {
  const { path, candidates, line, board, ailment } = finding;
  if (ailment !== null) return null;
  if (board !== null) {
    const sensor = { kind: "hc-sr04", pin: 7 };
    return { path, protocol: "firmata", sensor, bin: name ?? NAME_OF.bin };
  }
  const [best] = candidates;
  if (best === undefined || best.confidence < PERHAPS_MIN) return null;
  const { protocol } = best;
  const settings = {
    path,
    protocol: protocol.key,
    ...(isSerialServer(path) ? {} : differences(line, protocol.line)),
  };
  if (isReader(protocol.key)) return settings;
  const kind = SCALE_PROTOCOLS.some((one) => one === protocol.key) ? "scale" : "bin";
  return { ...settings, [kind]: name ?? NAME_OF[kind] };
}

/** Where in the configuration the stanza belongs; null when there is none. */
export function placeOf(finding: Finding): StanzaPlace | null {
  const stanza = stanzaOf(finding);
  if (stanza === null) return null;
  return isReader(stanza.protocol) ? "profile.readers" : "ports";
}

function isReader(key: unknown): boolean {
  return READER_PROTOCOLS.some((one) => one === key);
}

function differences(line: SerialLine, usual: SerialLine): Stanza {
  return {
    ...(line.baud === usual.baud ? {} : { baud: line.baud }),
    ...(line.dataBits === usual.dataBits ? {} : { data_bits: line.dataBits }),
    ...(line.parity === usual.parity ? {} : { parity: line.parity }),
    ...(line.stopBits === usual.stopBits ? {} : { stop_bits: line.stopBits }),
  };
}
