/**
 * Benewake TFmini and its successors in their Pixhawk format: the distance as text.
 *
 *   frame := digit{1,2} "." digit{2} CRLF      metres
 *          | "-1" [".00"] CRLF                 no echo that can be believed
 *
 * A TFmini Plus sends 0.00 for such an echo, as its binary frame does; nothing is 0 m away. Line 115200 8N1. Sources: TFmini
 * manual SJ-PM-TFmini-T-01 A03 p. 12, TFmini Plus A04 p. 13. The decimals of -1 are not documented.
 *
 * The frame has no mark of its beginning: from the middle of a stream the first line is dropped.
 */
import { lineFramer } from "./line-framer.ts";
import { type DeviceProtocol, FRAME_BYTES_MAX, faulty, type Parsed, parsed } from "./protocol.ts";

const REACH = { minMm: 100, maxMm: 12_000 };

const FRAME = /^(?<metres>\d{1,2})\.(?<hundredths>\d{2})$/;
const NO_TARGET = /^-1(?:\.0{1,2})?$/;
const CUT = /^(?:\d{1,2}\.?\d?|\.\d{1,2}|-(?:1\.)?)$/;

function parse(frame: Uint8Array): Parsed {
  if (frame.length > FRAME_BYTES_MAX) return faulty("frame_too_long");
  const text = Buffer.from(frame)
    .toString("latin1")
    .replaceAll(/^ +| +$/g, "");
  if (NO_TARGET.test(text)) return faulty("no_target");
  const fields = FRAME.exec(text)?.groups;
  if (fields === undefined) return faulty(CUT.test(text) ? "partial_frame" : "unparseable");
  const distanceMm = Number(fields.metres) * 1000 + Number(fields.hundredths) * 10;
  if (distanceMm === 0) return faulty("no_target");
  return parsed({
    distance_mm: distanceMm,
    in_range: distanceMm >= REACH.minMm && distanceMm <= REACH.maxMm,
  });
}

export const tfminiPix: DeviceProtocol = {
  key: "tfmini-pix",
  line: { baud: 115_200, dataBits: 8, parity: "none", stopBits: 1 },
  frame: (sync) => lineFramer(sync),
  parse,
  commands: {},
  isPolled: false,
  exact: /^(?:\d{1,2}\.\d{2}|-1)$/,
  hasChecksum: false,
  reach: REACH,
  silenceMs: 5_000,
};
