/**
 * CAS PD-II: a point-of-sale scale whose line of text begins with STX.
 *
 *   frame := STX state "," mode "," sign data blank unit CR           18 bytes
 *   state := "ST" stable | "US" unstable | "OL" overload
 *   mode  := "GS" gross | "NT" net
 *   sign  := "+" | "-"
 *   data  := 6 characters: digits with one point (none in grams), filled with blanks from the left; `------` beyond the range
 *   unit  := "lb" | "oz" | "kg" | " g"                                in 2 columns
 *
 * Beyond the range the sign tells which end: `+` is overload, `-` is underload. There is no maker's page at hand: the layout
 * is that of frames recorded from a PD-II. Line 9600 8N1 (not documented by the maker; in common use).
 *
 * In patterns `\cB` is STX.
 */
import { isCut } from "./cut-frame.ts";
import { type DeviceProtocol, faulty, type Parsed, parsed } from "./protocol.ts";
import { type Measure, measureEnvelope, shapeFramer } from "./shape-framer.ts";
import { shownWeight } from "./shown-weight.ts";

const STX = 0x02;
const CR = 0x0d;
const LENGTH = 18;
const LONGEST = 24;

const WHOLE =
  /^\cB(?<state>ST|US|OL),(?<mode>GS|NT),(?<sign>[+-])(?<data>[ \d.,_-]{6}) (?<unit>[A-Za-z ]{2})$/;
const DECIMAL = /^ *\d+[.,]\d+$/;
const GRAMS = /^ *\d+$/;
const BEYOND = /^[-_ ]*$/;
const TEMPLATE = "\x02ST,GS,+000000 lb";

function parse(frame: Uint8Array): Parsed {
  const end = frame.at(-1) === CR ? -1 : undefined;
  const text = Buffer.from(frame.subarray(0, end)).toString("latin1");
  const whole = WHOLE.exec(text)?.groups;
  if (whole !== undefined) return parseWhole(whole);
  return faulty(isCut(text, TEMPLATE, WHOLE) ? "partial_frame" : "unparseable");
}

function parseWhole({ state, mode, sign = "", data = "", unit = "" }: Record<string, string>): Parsed {
  if (state === "OL" || BEYOND.test(data)) {
    return sign === "-" ? faulty("underload", { sign }) : faulty("overload", { sign: "+" });
  }
  // Without a point a weight is in grams; elsewhere the point was lost.
  const isWhole = DECIMAL.test(data) || (GRAMS.test(data) && /^ g$/i.test(unit));
  if (!isWhole) return faulty("unparseable");
  const shown = shownWeight({ sign, decimal: data.trim(), unit: unit.trim() });
  if (!shown.ok) return shown;
  const { weightG, imperial } = shown;
  const stable = state === "ST";
  return parsed({ weight_g: weightG, stable, mode: mode === "NT" ? "net" : "gross", ...imperial });
}

function measure(bytes: Uint8Array, ended: boolean): Measure {
  return measureEnvelope(bytes, ended, STX, CR);
}

export const casPd2: DeviceProtocol = {
  key: "cas-pd2",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: () => shapeFramer({ shortest: LENGTH, longest: LONGEST, separators: [CR, 0x0a], measure }),
  parse,
  commands: {},
  isPolled: false,
  exact: /^\cB(?:ST|US|OL),(?:GS|NT),[+-](?: {0,4}\d{1,4}\.\d{1,3}|------) (?:lb|oz|kg| g)\r$/,
  hasChecksum: false,
  silenceMs: 5_000,
};
