import { expect, it } from "vitest";
import { decoderOf } from "./decoder.ts";
import { maxbotixMm } from "./maxbotix-mm.ts";
import { describeProtocol, hex } from "./protocol-suite.ts";

const at1234 = { distance_mm: 1234, in_range: true };
const inverted = { error: "polarity_inverted" };
const noTarget = { error: "no_target" };
const partial = { error: "partial_frame" };
const unparseable = { error: "unparseable" };

describeProtocol(maxbotixMm, [
  { name: "one frame", bytes: "R1234\r", expected: [at1234] },
  { name: "a frame that ends with the input", bytes: "R1234", expected: [at1234] },
  {
    name: "two frames in a chunk",
    bytes: "R1234\rR0300\r",
    expected: [at1234, { distance_mm: 300, in_range: true }],
  },
  { name: "one frame in two chunks", bytes: ["R12", "34\r"], expected: [at1234] },
  { name: "CRLF as one end", bytes: "R1234\r\nR1234\r\n", expected: [at1234, at1234] },
  {
    name: "less than the minimum of any model",
    bytes: "R0012\r",
    expected: [{ distance_mm: 12, in_range: false }],
  },
  { name: "no target within 5 m", bytes: "R5000\r", expected: [noTarget] },
  { name: "no target within 10 m", bytes: "R9999\r", expected: [noTarget] },
  { name: "three digits of an older sensor", bytes: "R255\rR056\r", expected: [unparseable, unparseable] },
  {
    name: "three digits that the next frame cuts off",
    bytes: "R123R1234\r",
    expected: [unparseable, at1234],
  },
  { name: "the proximity of an older sensor", bytes: "R255 P1\r", expected: [unparseable] },
  { name: "a fifth digit", bytes: "R12345\r", expected: [unparseable] },
  { name: "a letter among the digits", bytes: "R1a34\r", expected: [unparseable] },
  { name: "the head of a frame", bytes: "R12", expected: [partial] },
  { name: "the tail of a frame, then a frame", bytes: "234\rR1234\r", expected: [partial, at1234] },
  { name: "garbage, then a frame", bytes: "\x00\xfe\x80R1234\r", expected: [unparseable, at1234] },
  {
    name: "an overlong line as one fault, then a frame",
    bytes: `${"7".repeat(200)}\rR1234\r`,
    expected: [{ error: "frame_too_long" }, at1234],
  },
  { name: "R999 on a line of the wrong level (captured)", bytes: hex("2b636363"), expected: [inverted] },
  {
    name: "each frame of a stream on a line of the wrong level",
    // R1234 CR, R0567 CR and R8999 CR, every bit above the lowest set one inverted.
    bytes: hex("2b6733661979 2b0665326479 2b0c63636379".replaceAll(" ", "")),
    expected: [inverted, inverted, inverted],
  },
  {
    name: "frames without an end on a line of the wrong level",
    bytes: hex("2b6363632b636363"),
    expected: [inverted, inverted],
  },
  {
    name: "an inverted frame whose end arrived as something else",
    bytes: hex("2b6733661900ff2b63636300"),
    expected: [inverted, inverted],
  },
  {
    name: "the tail of an inverted frame, then one",
    bytes: hex("636379 2b63636379".replaceAll(" ", "")),
    expected: [unparseable, inverted],
  },
  { name: "a plus sign before right digits", bytes: "+1149\r", expected: [unparseable] },
  { name: "a plus sign alone", bytes: "+R1234\r", expected: [unparseable, at1234] },
]);

it("tells at its end that a frame was inverted, and keeps what follows apart", () => {
  const decoder = decoderOf(maxbotixMm, "at_frame");
  expect(decoder.push(hex("2b63636379"))).toMatchObject([{ fault: inverted }]);
  expect(decoder.push(hex("0102"))).toEqual([]);
  expect(decoder.end()).toMatchObject([{ fault: unparseable }]);
});

it("takes its first frame from the middle of a stream at the first R", () => {
  const decoder = decoderOf(maxbotixMm, "mid_stream");
  expect(decoder.push(Buffer.from("34\rR1234\r"))).toMatchObject([{ reading: at1234 }]);
  expect(decoder.discardedBytes).toBe(2);
});
