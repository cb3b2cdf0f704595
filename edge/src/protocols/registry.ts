/** Registry of device protocols: a new protocol is one file beside this one, and one line here. */
import type { Protocol as ProtocolKey } from "@jumpa-madu/contracts/node-config";
import { a02yyuw } from "./a02yyuw.ts";
import { mtSics } from "./mt-sics.ts";
import type { DeviceProtocol } from "./protocol.ts";
import { stGs } from "./st-gs.ts";

/** Every protocol by its key; the type makes sure that each key of the configuration has one. */
const REGISTRY: { readonly [Key in ProtocolKey]: DeviceProtocol } = {
  a02yyuw,
  "st-gs": stGs,
  "mt-sics": mtSics,
};

/** Keys of all protocols. */
export const PROTOCOL_KEYS = Object.keys(REGISTRY);

/** The protocol of a configured port. */
export function protocolOf(key: ProtocolKey): DeviceProtocol {
  return REGISTRY[key];
}

/** Finds a protocol by a key from outside; null when there is none. */
export function findProtocol(key: string): DeviceProtocol | null {
  return Object.values(REGISTRY).find((protocol) => protocol.key === key) ?? null;
}
