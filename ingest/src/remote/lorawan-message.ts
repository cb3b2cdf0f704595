/** What the webhook of a network server says: an uplink, something else that happened, or nothing that is understood. */
import { DEV_EUI_PATTERN } from "@jumpa-madu/contracts/http/remote";
import type { UplinkFault } from "./uplink.ts";

/** Most bytes that one LoRaWAN frame carries (RP002, payload sizes). */
export const PAYLOAD_BYTES_MAX = 242;

/** An uplink as a network server tells it. A field that the server leaves out because it is zero is zero. */
export interface LorawanUplink {
  /** Lower case. */
  devEui: string;
  port: number;
  counter: number;
  payload: Uint8Array;
  /** When the network server received it, in milliseconds since 1970. */
  atMs: number;
  /** Names it among all uplinks of the device. */
  mark: string;
}

export type LorawanMessage =
  | { kind: "uplink"; uplink: LorawanUplink }
  /** A join, an acknowledgement, and the like: nothing to store. */
  | { kind: "event"; event: string }
  | { kind: "fault"; fault: UplinkFault };

const devEuiExpression = new RegExp(DEV_EUI_PATTERN);
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What every server tells of an uplink, in its own words. */
interface Told {
  devEui: string | undefined;
  port: number | undefined;
  counter: number | undefined;
  /** Base64; absent for an uplink without payload. */
  payload: string | undefined;
  /** RFC 3339. */
  at: string | undefined;
  /** Of all uplinks of the device, without its time; absent when the server gave none. */
  mark: string | undefined;
}

/** Checks what a server told. `names` are the server's words for what may be wrong. */
export function lorawanMessage(
  told: Told,
  names: { devEui: string; at: string; payload: string },
): LorawanMessage {
  const devEui = (told.devEui ?? "").toLowerCase();
  if (!devEuiExpression.test(devEui)) return schemaFault(`${names.devEui} must be 16 hexadecimal digits`);
  const atMs = MOMENT.test(told.at ?? "") ? Date.parse(told.at ?? "") : Number.NaN;
  if (!Number.isSafeInteger(atMs)) return schemaFault(`${names.at} must be a time by RFC 3339`);
  const text = told.payload ?? "";
  if (!BASE64.test(text)) return schemaFault(`${names.payload} must be base64`);
  const payload = Buffer.from(text, "base64");
  if (payload.length > PAYLOAD_BYTES_MAX)
    return schemaFault(
      `${names.payload} holds ${payload.length} bytes; a frame has at most ${PAYLOAD_BYTES_MAX}`,
    );
  const { port = 0, counter = 0, mark = `at ${atMs}` } = told;
  return {
    kind: "uplink",
    uplink: { devEui, port, counter, payload, atMs, mark: `${mark}/${counter}` },
  };
}

/** A message that is none of the server's documented ones. */
export function schemaFault(reason: string): LorawanMessage {
  return { kind: "fault", fault: { code: "schema", reason } };
}
