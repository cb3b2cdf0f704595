/**
 * XK3190 forward: continuous formats 2 and 3 of Yaohua's A26, A23p and DS indicators.
 *
 *   frame := "=" sign data                                    9 bytes, the next frame follows at once
 *          | "=" sign data [unit] ";" price [";" amount]      indicators that compute a price
 *   sign  := "0" | "-"
 *   data  := 7 characters: digits with at most one point
 *   unit  := "kg" | "lb" | "pc" pieces                        in 2 columns
 *
 * `=0003.000` is 3.000, `=-0001.00` is -1.00, `=00000020pc;0001.00;0020.00` is 20 pieces. Sources: XK3190-A26 manual p. 11,
 * -A23p manual p. 24-25. Without a unit it is that of the display. Baud 600 to 9600 by configuration, 8N1. No flag of
 * stability, no sum.
 *
 * Format 1 sends the same characters from last to first (`xk3190-rev`), and `=000.3000` is a frame of both: configuration
 * decides. A frame is taken when what follows it begins another, or is a line end: before that its unit is not known.
 */
import { framesAfterEquals } from "./equals-frame.ts";
import { type DeviceProtocol, faulty, type Parsed, type ParseSettings, parsed } from "./protocol.ts";
import { LOOSE_UNITS, shownWeight } from "./shown-weight.ts";

const SHORTEST = 9;
const LONGEST = 36;
/** Units that the frame may name. */
const UNITS = new Set(["kg", "lb"]);
const FRAME =
  /^=(?=.{8})(?<sign>[0-])(?=[\d.]{7}(?![\d.]))(?<decimal>\d+(?:\.\d+)?) ?(?<unit>[A-Za-z]{2})? ?(?:;[ \d.]{1,10}){0,2};?$/;

function parse(frame: Uint8Array, settings: ParseSettings = {}): Parsed {
  const fields = FRAME.exec(Buffer.from(frame).toString("latin1"))?.groups;
  if (fields === undefined || frame.length > LONGEST) return faulty("unparseable");
  const { sign, decimal = "", unit = settings.unit ?? "kg" } = fields;
  const units = fields.unit === undefined ? LOOSE_UNITS : UNITS;
  if (/^pcs?$/i.test(unit)) {
    const isCount = /^\d+$/.test(decimal) && sign !== "-";
    return isCount ? parsed({ count: Number(decimal), stable: null }) : faulty("unparseable");
  }
  const shown = shownWeight({ sign, decimal, unit }, units);
  return shown.ok ? parsed({ weight_g: shown.weightG, stable: null, ...shown.imperial }) : shown;
}

export const xk3190Fwd: DeviceProtocol = {
  key: "xk3190-fwd",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: () => framesAfterEquals(SHORTEST, LONGEST),
  parse,
  commands: {},
  isPolled: false,
  // No indicator shows more than three figures after the point: that tells it from the same characters reversed. Without a point
  // nothing but a price or a leading minus does.
  exact:
    /^=(?:-\d{7}|[0-](?=[\d.]{7}(?![\d.]))(?:\d+\.\d{1,3}|\d{7}(?=[kl;])))(?:(?:kg|lb)?;\d+\.\d+(?:;\d+\.\d+)?)?$/,
  hasChecksum: false,
  lacksStability: true,
  silenceMs: 5_000,
};
