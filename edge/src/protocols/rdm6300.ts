/**
 * RDM6300: reader of 125 kHz cards (EM4100).
 *
 *   frame  := STX number check ETX                   14 bytes
 *   number := 10 hexadecimal digits in capitals      5 bytes: maker's byte and card number
 *   check  := 2 hexadecimal digits                   XOR of the 5 bytes
 *
 * Source: Seeed Studio, "125Khz RFID module - UART", data format. Line 9600 8N1. As long as a card is held before it the reader
 * sends the frame again and again; it says nothing otherwise.
 */
import { type DeviceProtocol, faulty, type Parsed, parsed } from "./protocol.ts";
import { type Measure, measureEnvelope, shapeFramer } from "./shape-framer.ts";
import { xorOf } from "./xor-sum.ts";

const STX = 0x02;
const ETX = 0x03;
const LENGTH = 14;

const BODY = /^\cB(?<number>[0-9A-F]{10})(?<check>[0-9A-F]{2})\cC?$/;

function measure(bytes: Uint8Array, ended: boolean): Measure {
  const measured = measureEnvelope(bytes, ended, STX, ETX);
  if (typeof measured !== "object" || !("frame" in measured)) return measured;
  if (measured.frame < LENGTH - 1) return "none";
  return parse(bytes.subarray(0, measured.frame)).ok ? measured : { damaged: measured.frame };
}

function parse(frame: Uint8Array): Parsed {
  const fields = frame.length > LENGTH ? null : BODY.exec(Buffer.from(frame).toString("latin1"));
  if (!fields?.groups) return faulty("unparseable");
  const { number: code = "", check = "" } = fields.groups;
  return xorOf(Uint8Array.fromHex(code)) === Number.parseInt(check, 16)
    ? parsed({ code })
    : faulty("checksum");
}

export const rdm6300: DeviceProtocol = {
  key: "rdm6300",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: () => shapeFramer({ shortest: LENGTH, longest: LENGTH, measure }),
  parse,
  commands: {},
  isPolled: false,
  exact: /^\cB[0-9A-F]{12}\cC$/,
  hasChecksum: true,
  silenceMs: Number.POSITIVE_INFINITY,
};
