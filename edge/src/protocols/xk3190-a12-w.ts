/**
 * XK3190-A12: the line of text of Yaohua's bench and platform indicators (A12, A12E) and their look-alikes.
 *
 *   frame := kind data unit CRLF                              13 bytes
 *   kind  := "ww" gross | "wn" net | "wt" tare
 *   data  := 7 characters: ["-"] digits with at most one point, filled with zeros from the left; a blank stands last when
 *            there is no point
 *   unit  := "kg" | "lb"
 *
 * Beyond the range the line holds `OL` or `LO` in place of its digits (inferred from the XK3190-A12(E) manual p. 13, whose line
 * carries a sum: `xk3190-a12e-chk`). Source: lines recorded from devices by four projects; no maker's page is at hand. No
 * flag of stability. Baud 1200 to 9600 by configuration, 8N1.
 */
import { isCut } from "./cut-frame.ts";
import { lineFramer } from "./line-framer.ts";
import { type DeviceProtocol, faulty, type Parsed, parsed } from "./protocol.ts";
import { shownWeight } from "./shown-weight.ts";

const WHOLE = /^w(?<kind>[wnt])(?<data>(?=-?\d*[. ])[-\d. ]{7})(?<unit>[a-z]{2})$/;
const BEYOND = /^(?:w[wnt])? *(?<end>OL|LO) *(?:kg|lb)?$/i;
/** The seven characters of a weight, as this line and that with a sum send them. */
export const A12_WEIGHT = /^(?<sign>-?)(?:(?<decimal>\d+(?:\.\d+)?)|(?<decimal>\d+) )$/;
const TEMPLATE = "ww0.00000kg";

function parse(frame: Uint8Array): Parsed {
  const text = Buffer.from(frame).toString("latin1");
  const end = BEYOND.exec(text)?.groups?.end;
  if (end !== undefined) return faulty(end.toUpperCase() === "OL" ? "overload" : "underload");
  const whole = WHOLE.exec(text)?.groups;
  if (whole === undefined) return faulty(isCut(text, TEMPLATE, WHOLE) ? "partial_frame" : "unparseable");
  const fields = A12_WEIGHT.exec(whole.data ?? "")?.groups;
  if (fields === undefined) return faulty("unparseable");
  const shown = shownWeight({ ...fields, unit: whole.unit });
  if (!shown.ok) return shown;
  const { weightG, imperial } = shown;
  const kind = whole.kind;
  if (kind === "t") return parsed({ tare_g: weightG, stable: null, mode: "tare" });
  return parsed({ weight_g: weightG, stable: null, mode: kind === "n" ? "net" : "gross", ...imperial });
}

export const xk3190A12W: DeviceProtocol = {
  key: "xk3190-a12-w",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: (sync) => lineFramer(sync),
  parse,
  commands: {},
  isPolled: false,
  exact: /^w[wnt][-\d][\d.]{6}(?:kg|lb)$/,
  hasChecksum: false,
  lacksStability: true,
  silenceMs: 5_000,
};
