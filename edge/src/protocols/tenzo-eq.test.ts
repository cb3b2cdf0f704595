import { expect, it } from "vitest";
import { FRAME_BYTES_MAX, type ParseSettings } from "./protocol.ts";
import { describeProtocol } from "./protocol-suite.ts";
import { tenzoEq } from "./tenzo-eq.ts";

const partial = { error: "partial_frame" };
const unparseable = { error: "unparseable" };

describeProtocol(tenzoEq, [
  { name: "one frame", bytes: "=  3015\r\n", expected: [{ weight_g: 3_015_000, stable: null }] },
  {
    name: "two frames in a chunk",
    bytes: "=  3015\r\n= +2380\r\n",
    expected: [
      { weight_g: 3_015_000, stable: null },
      { weight_g: 2_380_000, stable: null },
    ],
  },
  {
    name: "one frame in two chunks",
    bytes: ["=  30", "15\r\n"],
    expected: [{ weight_g: 3_015_000, stable: null }],
  },
  {
    name: "a minus and a minus apart from its digits",
    bytes: "=   -20\r\n=-   20\r\n",
    expected: [
      { weight_g: -20_000, stable: null },
      { weight_g: -20_000, stable: null },
    ],
  },
  { name: "a field that is full", bytes: "=123456\r\n", expected: [{ error: "out_of_range" }] },
  { name: "five figures", bytes: "=+60000\r\n", expected: [{ weight_g: 60_000_000, stable: null }] },
  { name: "a decimal comma", bytes: "=  12,5\r\n", expected: [{ weight_g: 12_500, stable: null }] },
  {
    name: "a line of an XK3190",
    bytes: "=000.3000\r\n=00.1000-\r\n=-0001.00\r\n",
    expected: [unparseable, unparseable, unparseable],
  },
  { name: "a line that lost its equals sign", bytes: "  3015\r\n", expected: [partial] },
  { name: "a line that lost its end", bytes: "=  301\r\n", expected: [partial] },
  { name: "a point without a figure before it", bytes: "=  .015\r\n", expected: [unparseable] },
  { name: "a negative line that lost its equals sign", bytes: " -2380\r\n", expected: [partial] },
  { name: "a negative line that ends at its sign", bytes: "= -\r\n", expected: [partial] },
  {
    name: "a line without a figure",
    bytes: "=  \r\n= \r\n=\r\n",
    expected: [unparseable, unparseable, unparseable],
  },
  { name: "two lines run together", bytes: "=  3015=  3015\r\n", expected: [unparseable] },
  { name: "a blank among the digits", bytes: "= 30 15\r\n", expected: [unparseable] },
  {
    name: "garbage, then a frame",
    bytes: "\x00\xff\r\n=  3015\r\n",
    expected: [unparseable, { weight_g: 3_015_000, stable: null }],
  },
  {
    name: "an endless line, then a frame",
    bytes: `${"7".repeat(FRAME_BYTES_MAX * 2)}\r\n=  3015`,
    expected: [{ error: "frame_too_long" }, { weight_g: 3_015_000, stable: null }],
  },
]);

it("takes the unit and the figures after the point from its settings", () => {
  const parse = (line: string, settings: ParseSettings) => tenzoEq.parse(Buffer.from(line), settings);
  expect(parse("=  3015", { decimals: 1 })).toMatchObject({ reading: { weight_g: 301_500 } });
  expect(parse("=  3015", { unit: "t", decimals: 2 })).toMatchObject({ reading: { weight_g: 30_150_000 } });
  expect(parse("=   500", { unit: "lb", decimals: 2 })).toEqual({
    ok: true,
    reading: { weight_g: 2267.9619, stable: null, unit: "lb" },
  });
  expect(parse("=     5", { decimals: 3 })).toMatchObject({ reading: { weight_g: 5 } });
});

it("matches no line of an XK3190 exactly", () => {
  expect(["=  3015", "= +2380"].filter((line) => tenzoEq.exact.test(line))).toHaveLength(2);
  expect(["=000.3000", "=00.1000-", "=-0001.00"].filter((line) => tenzoEq.exact.test(line))).toEqual([]);
});
