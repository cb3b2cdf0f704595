/**
 * ST,GS with a colon: the text line of Baxtran indicators XTA and FFN.
 *
 *   frame := state "," mode ":" data unit (CR | LF | CRLF)      as in st-gs but for the colon
 *          | "OL" [unit]                                        overload, without a mode
 *
 * Source: comments in a third-party parser (`ST,GS:  +1.2345kg`, `OL    kg`); no manual is at hand, and which of Baxtran's
 * lines the short overload belongs to is not said. Line 9600 8N1.
 */
import { lineFramer } from "./line-framer.ts";
import type { DeviceProtocol } from "./protocol.ts";
import { stGsParser } from "./st-gs.ts";

export const stGsColon: DeviceProtocol = {
  key: "st-gs-colon",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: (sync) => lineFramer(sync),
  parse: stGsParser(" ?: ?"),
  commands: {},
  isPolled: false,
  exact: /^(?:ST|US),(?:GS|NT|TR): *[+-]\d+\.\d+(?:kg|g|t|lb|oz)$/,
  hasChecksum: false,
  silenceMs: 5_000,
};
