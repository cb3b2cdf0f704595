import { expect, it } from "vitest";
import { berkel } from "./berkel.ts";
import { describeProtocol } from "./protocol-suite.ts";

function sumOf(body: string): string {
  return String.fromCharCode(Buffer.from(body, "latin1").reduce((all, byte) => all ^ byte, 0));
}

const framed = (body: string) => `\x02${body}${sumOf(body)}\x03`;
const at1250 = { weight_g: 1250, stable: null };

describeProtocol(
  berkel,
  [
    { name: "15 kg by steps of 5 g", bytes: framed(")01250"), expected: [at1250] },
    { name: "6 kg by steps of 2 g", bytes: framed("+01250"), expected: [at1250] },
    { name: "30 lb", bytes: framed("*00500"), expected: [{ weight_g: 2267.9619, stable: null, unit: "lb" }] },
    { name: "the sum behind ETX", bytes: `\x02)01250\x03${sumOf(")01250")}`, expected: [at1250] },
    { name: "a frame without ETX", bytes: framed(")01250").slice(0, -1), expected: [at1250] },
    { name: "digits after blanks", bytes: framed(")  250"), expected: [{ weight_g: 250, stable: null }] },
    {
      name: "ACK, then a frame",
      bytes: `\x06${framed(")01250")}`,
      expected: [{ status: "ready", stable: null }, at1250],
    },
    {
      name: "two frames in a chunk",
      bytes: framed(")01250") + framed(")01255"),
      expected: [at1250, { weight_g: 1255, stable: null }],
    },
    { name: "one frame in two chunks", bytes: ["\x02)01", framed(")01250").slice(4)], expected: [at1250] },
    { name: "a load beyond the range", bytes: framed("900000"), expected: [{ error: "overload" }] },
    {
      name: "a capacity that the manual does not list",
      bytes: framed("i01250"),
      expected: [{ error: "unparseable" }],
    },
    { name: "an id without its bits", bytes: framed("!01250"), expected: [{ error: "unparseable" }] },
    { name: "letters for digits", bytes: framed(")0125a"), expected: [{ error: "unparseable" }] },
    {
      name: "a wrong sum",
      bytes: framed(")01250").replace("1250", "1251"),
      expected: [{ error: "checksum", discarded: 9 }],
    },
    {
      name: "refusals",
      bytes: "\0\x15\x18",
      expected: [
        { error: "not_executable", code: "NUL" },
        { error: "not_executable", code: "NAK" },
        { error: "not_executable", code: "CAN" },
      ],
    },
    { name: "a cut head", bytes: "250x\x03", expected: [{ error: "partial_frame", discarded: 5 }] },
    { name: "a cut tail", bytes: "\x02)0125", expected: [{ error: "partial_frame", discarded: 6 }] },
    {
      name: "garbage, then a frame",
      bytes: `${"?".repeat(12)}${framed(")01250")}`,
      expected: [{ error: "unparseable", discarded: 12 }, at1250],
    },
  ],
  { isRecorded: false },
);

it("asks for the data once the scale has it, and says that it came well", () => {
  expect(berkel.follow?.({ status: "ready", stable: null })).toBe("\x11");
  expect(berkel.follow?.(at1250)).toBe("\r");
  expect(berkel.commands).toMatchObject({ read: "\x05" });
});

it("zeroes and tares with the sums of the manual", () => {
  const bytes = (text = "") => [...Buffer.from(text, "latin1")];
  expect(bytes(berkel.commands.zero)).toEqual([2, 0x5a, 0, 0, 0, 0, 0, 3, 0x5a]);
  expect(bytes(berkel.commands.tare)).toEqual([2, 0x4e, 0, 0, 0, 0, 0, 3, 0x4e]);
});

it("reads another capacity when unit and decimals are configured", () => {
  const frame = Buffer.from(framed("i01250"), "latin1");
  expect(berkel.parse(frame, { unit: "kg", decimals: 2 })).toEqual({
    ok: true,
    reading: { weight_g: 12_500, stable: null },
  });
});
