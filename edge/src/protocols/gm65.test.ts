import { gm65 } from "./gm65.ts";
import { describeProtocol } from "./protocol-suite.ts";

describeProtocol(gm65, [
  { name: "a member's number", bytes: "BSM-0042\r", expected: [{ code: "BSM-0042" }] },
  {
    name: "the code of a receipt",
    bytes: "JM1:0192f7a0:BS-1-000042:15875\r\n",
    expected: [{ code: "JM1:0192f7a0:BS-1-000042:15875" }],
  },
  { name: "a code in pieces", bytes: ["BSM", "-00", "42\r"], expected: [{ code: "BSM-0042" }] },
  { name: "two codes in a piece", bytes: "A1\rB2\r", expected: [{ code: "A1" }, { code: "B2" }] },
  { name: "a code without its end", bytes: "BSM-0042", expected: [{ code: "BSM-0042" }] },
  { name: "blanks around a code", bytes: "  BSM-0042 \r", expected: [{ code: "BSM-0042" }] },
  { name: "blanks alone as no code", bytes: "   \r", expected: [{ error: "unparseable" }] },
  { name: "control characters as no code", bytes: "BSM\x1b@42\r", expected: [{ error: "unparseable" }] },
  { name: "bytes beyond ASCII as no code", bytes: "BSM\xff42\r", expected: [{ error: "unparseable" }] },
  {
    name: "a code that is too long as no code, and the next one",
    bytes: `${"9".repeat(80)}\rB2\r`,
    expected: [{ error: "frame_too_long" }, { code: "B2" }],
  },
]);
