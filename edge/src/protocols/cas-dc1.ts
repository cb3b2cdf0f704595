/**
 * CAS DC1: the point-of-sale scales AP-1, ER and SW-II by CAS, which answer in two steps.
 *
 *   host ENQ -> scale ACK, host DC1 -> scale frame
 *
 *   frame := SOH STX state sign weight unit BCC ETX EOT               15 bytes
 *   state := "S" stable | "U" unstable
 *   sign  := "-" | blank
 *   weight := 6 characters: digits with at most one point, filled with zeros or blanks from the left
 *   unit  := 2 characters: "kg", "lb", " g", "oz"
 *   BCC   := XOR from state to unit
 *
 * Source: CAS SW-II manual p. 15. It does not say which bytes BCC covers: from state to unit, all that lies between the
 * control characters, is inferred. A scale that sums otherwise gives `checksum` faults alone, never a wrong weight. Line 9600
 * 8N1.
 *
 * In patterns `\cA` to `\cD` are SOH, STX, ETX and EOT.
 */
import { ENQ, followAnswer, isAnswer, parseAnswer } from "./enquiry.ts";
import { type DeviceProtocol, faulty, type Parsed, parsed } from "./protocol.ts";
import { type Measure, shapeFramer } from "./shape-framer.ts";
import { shownWeight } from "./shown-weight.ts";
import { xorOf } from "./xor-sum.ts";

const [SOH, STX, ETX, EOT] = [0x01, 0x02, 0x03, 0x04];
const LENGTH = 15;
const BODY_AT = 2;
const BCC_AT = 12;

const BODY = /^(?<state>[SU])(?<sign>[ +-])(?<weight>.{6})(?<unit>.{2})$/s;
const DECIMAL = /^ *\d+(?:[.,]\d+)?$/;

/** True for a frame with a right sum; ETX and EOT may be missing at the end of the input. */
function isIntact(frame: Uint8Array): boolean {
  return (
    frame[0] === SOH &&
    frame[1] === STX &&
    (frame[BCC_AT + 1] ?? ETX) === ETX &&
    (frame[BCC_AT + 2] ?? EOT) === EOT &&
    xorOf(frame.subarray(BODY_AT, BCC_AT)) === frame[BCC_AT]
  );
}

function measure(bytes: Uint8Array, ended: boolean): Measure {
  if (isAnswer(bytes[0])) return { frame: 1 };
  if (bytes[0] !== SOH || (bytes[1] ?? STX) !== STX) return "none";
  if (bytes.length >= LENGTH) {
    return isIntact(bytes.subarray(0, LENGTH)) ? { frame: LENGTH } : { damaged: LENGTH };
  }
  return ended && bytes.length > BCC_AT && isIntact(bytes) ? { frame: bytes.length } : "more";
}

function parse(frame: Uint8Array): Parsed {
  if (frame.length === 1) return parseAnswer(frame[0]);
  if (frame.length <= BCC_AT || frame.length > LENGTH) return faulty("unparseable");
  if (!isIntact(frame)) return faulty("checksum");
  const body = Buffer.from(frame.subarray(BODY_AT, BCC_AT)).toString("latin1");
  const { state, sign, weight = "", unit = "" } = BODY.exec(body)?.groups ?? {};
  if (!DECIMAL.test(weight)) return faulty("unparseable");
  const shown = shownWeight({ sign, decimal: weight.trim(), unit: unit.trim() });
  if (!shown.ok) return shown;
  return parsed({ weight_g: shown.weightG, stable: state === "S", ...shown.imperial });
}

export const casDc1: DeviceProtocol = {
  key: "cas-dc1",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: () => shapeFramer({ shortest: LENGTH, longest: LENGTH, measure }),
  parse,
  commands: { read: ENQ },
  isPolled: true,
  follow: followAnswer,
  exact: /^\cA\cB[SU][ -][ \d.]{6}[A-Za-z ]{2}.\cC\cD$/s,
  // A frame has one, but an answer to ENQ is a single byte that nothing guards.
  hasChecksum: false,
  silenceMs: 5_000,
};
