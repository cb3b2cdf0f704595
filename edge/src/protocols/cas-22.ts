/**
 * CAS 22: the line of 22 bytes that CAS indicators send (NT-200, CI-400, CI-600D, CI-6000A, Caston III).
 *
 *   frame := state "," mode "," id lamp "," data blank unit CRLF      22 bytes
 *   state := "ST" stable | "US" unstable | "OL" overload
 *   mode  := "GS" gross | "NT" net
 *   id    := 30h + number of the indicator
 *   lamp  := 1 stable ? hold print gross tare zero                    one bit each, from bit 7; the second is 0 or 1 by model
 *   data  := 8 characters: [sign] digits [("." | ",") digits], filled with zeros or blanks from the left
 *   unit  := "kg" | " t" | "lb"                                       in 2 columns
 *   error := "ERR" code CRLF
 *
 * The lamp byte is above 7Fh by its bit 7, and is no noise. It repeats what state and mode say, and is not read. Sources: CAS
 * NT-200 manual p. 48, CI-6000A manual p. 62-63, CI-400 manual p. 103. Line 9600 8N1.
 *
 * CAS's limit format, whose layout the manuals do not agree on, is none of these frames; the line of 10 bytes is `plain`.
 */
import { isCut } from "./cut-frame.ts";
import { lineFramer } from "./line-framer.ts";
import { type DeviceProtocol, faulty, type Parsed, parsed } from "./protocol.ts";
import { shownWeight } from "./shown-weight.ts";

const ID_ZERO = 0x30;

const WHOLE =
  /^(?<state>ST|US|OL),(?<mode>GS|NT),(?<id>[\x30-\x93])[\x80-\xff],(?<data>[ \d.,+_-]{8}) (?<unit>[A-Za-z ]{2}|t)$/;
const DATA = /^ *(?<sign>[+-]?) *(?<decimal>\d+(?:[.,]\d+)?)$/;
/** The sign of data beyond the range, which may have no digit; dashes in place of digits are no sign. */
const SIGN = /^ *(?<sign>\+|-(?!-))/;
const ERROR = /^ERR *(?<code>[ -~]{1,8}?) *$/;
/** Units of the manuals. Grams are left out: one wrong byte would make ` g` of `kg`. */
const UNITS = new Set(["kg", "t", "lb"]);
const TEMPLATE = "ST,GS,1\xc4,00000000 kg";

function parse(frame: Uint8Array): Parsed {
  const text = Buffer.from(frame).toString("latin1");
  const whole = WHOLE.exec(text)?.groups;
  if (whole !== undefined) return parseWhole(whole);
  const code = ERROR.exec(text)?.groups?.code;
  if (code !== undefined) return faulty("device_error", { code });
  return faulty(isCut(text, TEMPLATE, WHOLE) ? "partial_frame" : "unparseable");
}

function parseWhole({ state, mode, id = "", data = "", unit = "" }: Record<string, string>): Parsed {
  const fields = DATA.exec(data)?.groups;
  if (state === "OL") {
    const sign = SIGN.exec(data)?.groups?.sign;
    if (sign === "-") return faulty("underload", { sign });
    return faulty("overload", sign === "+" ? { sign } : {});
  }
  if (fields === undefined) return faulty("unparseable");
  const shown = shownWeight({ ...fields, unit: unit.trim() }, UNITS);
  if (!shown.ok) return shown;
  return parsed({
    weight_g: shown.weightG,
    stable: state === "ST",
    mode: mode === "NT" ? "net" : "gross",
    ...shown.imperial,
    device_id: id.charCodeAt(0) - ID_ZERO,
  });
}

export const cas22: DeviceProtocol = {
  key: "cas-22",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: (sync) => lineFramer(sync),
  parse,
  // Commands begin with the number of the indicator, which this file cannot know: `01MZ` zeroes indicator 1.
  commands: {},
  isPolled: false,
  exact: /^(?:ST|US|OL),(?:GS|NT),[\x31-\x93][\x80-\xff],[ \d.+-]{8} (?:kg| t|t )$/,
  hasChecksum: false,
  silenceMs: 5_000,
};
