/**
 * Dibal G310: shop scales of the counter, asked with a price.
 *
 *   question := "98" price(5) check CRLF
 *   answer   := "99" "0" weight(5) "0" amount(6) check CRLF        weight in grams
 *   check    := XOR of all characters before it: one of "0" to "9" and ":" to "?", because their number is odd
 *
 * Source: SBZ Systems' page on the Dibal G310 (`98000001`, `9900031600000004` is 316 g). The page calls the check a sum; both
 * its examples fit the XOR. What the two zeros stand for is not said: an answer with anything else is not understood. Line
 * 9600 8N1.
 *
 * The answer has no flag of stability. It is taken as stable, because a shop scale of this maker answers once its load is at
 * rest (Dibal DPOS, inferred for the G310). The question sends the price 0.
 */
import { lineFramer } from "./line-framer.ts";
import { type DeviceProtocol, FRAME_BYTES_MAX, faulty, type Parsed, parsed } from "./protocol.ts";

const ANSWER = /^99\d{13}[0-?]$/;
const FIELDS = /^990(?<grams>\d{5})0/;

/** Fewer figures than an answer has. */
const CUT = /^\d{1,14}[0-?]$/;

function checkOf(bytes: Uint8Array): number {
  return bytes.reduce((check, byte) => check ^ byte, 0);
}

function parse(frame: Uint8Array): Parsed {
  if (frame.length > FRAME_BYTES_MAX) return faulty("frame_too_long");
  const text = Buffer.from(frame).toString("latin1");
  if (!ANSWER.test(text)) return faulty(CUT.test(text) ? "partial_frame" : "unparseable");
  if (checkOf(frame) !== 0) return faulty("checksum");
  const grams = FIELDS.exec(text)?.groups?.grams;
  return grams === undefined ? faulty("unparseable") : parsed({ weight_g: Number(grams), stable: true });
}

export const dibalG310: DeviceProtocol = {
  key: "dibal-g310",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: (sync) => lineFramer(sync),
  parse,
  commands: { read: "98000001\r\n" },
  isPolled: true,
  exact: /^990\d{5}0\d{6}[0-?]$/,
  hasChecksum: true,
  silenceMs: 5_000,
};
