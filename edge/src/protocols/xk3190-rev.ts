/**
 * XK3190 reversed: continuous format 1 of Yaohua's A26, A23p, DS and A27 indicators and of large displays.
 *
 *   frame  := "=" data sign                                   9 bytes, the next frame follows at once
 *   data   := 7 characters: digits with at most one point, the last figure first
 *   sign   := "0" | "-"
 *
 * `=000.3000` is 3.000, `=00.1000-` is -1.00. Sources: XK3190-A26 manual p. 10-11, -A23p manual p. 23. The unit is that of the
 * display, and is not sent. Baud 600 to 9600 by configuration, 8N1. No flag of stability, no sum.
 *
 * Format 2 sends the same characters from first to last, and `=000.3000` is a frame of both: configuration decides. A frame is
 * taken when what follows it begins another, or is a line end: a byte too many would shift its digits.
 */
import { framesAfterEquals } from "./equals-frame.ts";
import { type DeviceProtocol, faulty, type Parsed, type ParseSettings, parsed } from "./protocol.ts";
import { LOOSE_UNITS, shownWeight } from "./shown-weight.ts";

const LENGTH = 9;
const REVERSED = /^(?<sign>[0-])(?<decimal>\d+(?:\.\d+)?)=$/;

function parse(frame: Uint8Array, settings: ParseSettings = {}): Parsed {
  if (frame.length !== LENGTH) return faulty("unparseable");
  const fields = REVERSED.exec(Buffer.from(frame.toReversed()).toString("latin1"))?.groups;
  if (fields === undefined) return faulty("unparseable");
  const shown = shownWeight({ ...fields, unit: settings.unit ?? "kg" }, LOOSE_UNITS);
  return shown.ok ? parsed({ weight_g: shown.weightG, stable: null, ...shown.imperial }) : shown;
}

export const xk3190Rev: DeviceProtocol = {
  key: "xk3190-rev",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: () => framesAfterEquals(LENGTH, LENGTH),
  parse,
  commands: {},
  isPolled: false,
  // No indicator shows more than three figures after the point: that tells it from the same characters forward.
  // Without a point only a minus at the end does.
  exact: /^=(?:(?=[\d.]{7}[0-])\d{1,3}\.\d+[0-]|\d{7}-)$/,
  hasChecksum: false,
  lacksStability: true,
  silenceMs: 5_000,
};
