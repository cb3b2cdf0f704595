import { expect, it } from "vitest";
import { describeProtocol } from "./protocol-suite.ts";
import { toledo8217 } from "./toledo-8217.ts";

const gross = (weight_g: number) => ({ weight_g, stable: true, mode: "gross" });
const pounds = (weight_g: number) => ({ ...gross(weight_g), unit: "lb" });
const unparseable = { error: "unparseable" };
const partial = { error: "partial_frame" };

describeProtocol(toledo8217, [
  { name: "one frame", bytes: "\x0201.250\r", expected: [gross(1250)] },
  { name: "a blank before the digits", bytes: "\x02 01.250\r", expected: [gross(1250)] },
  { name: "blanks for zeros", bytes: "\x02  1.250\r", expected: [gross(1250)] },
  { name: "two frames in a chunk", bytes: "\x0201.250\r\x0201.255\r", expected: [gross(1250), gross(1255)] },
  { name: "one frame in two chunks", bytes: ["\x0201.", "250\r"], expected: [gross(1250)] },
  { name: "a net weight", bytes: "\x0200.500N\r", expected: [{ weight_g: 500, stable: true, mode: "net" }] },
  { name: "pounds by their two figures", bytes: "\x0205.00\r", expected: [pounds(2267.9619)] },
  { name: "pounds with a leading zero", bytes: "\x02005.00\r", expected: [pounds(2267.9619)] },
  { name: "a unit in the frame", bytes: "\x020005.00lb\r", expected: [pounds(2267.9619)] },
  { name: "two figures of kilograms that are named", bytes: "\x02012.50kg\r", expected: [gross(12_500)] },
  { name: "grams without a point", bytes: "\x02000250g\r", expected: [gross(250)] },
  { name: "a decimal comma", bytes: "\x0201,250\r", expected: [gross(1250)] },
  { name: "one figure after the point, which no layout has", bytes: "\x02001.2\r", expected: [unparseable] },
  { name: "a digit too many", bytes: "\x02101.250\r", expected: [unparseable] },
  { name: "one figure after the point with a unit", bytes: "\x020012.5kg\r", expected: [gross(12_500)] },
  { name: "a weight that lost its point", bytes: "\x02012250\r", expected: [unparseable] },
  { name: "a weight without its CR", bytes: "\x0201.250", expected: [gross(1250)] },
  {
    name: "a weight whose tail was cut, which may look like pounds",
    bytes: "\x0201.25",
    expected: [partial],
  },
  { name: "a weight whose unit was cut", bytes: "\x020012.5k", expected: [partial] },
  { name: "an unknown unit", bytes: "\x0201.250st\r", expected: [{ error: "unparseable", unit: "st" }] },
  {
    name: "a weight below zero (Dibal)",
    bytes: "\x02-00.000\r",
    expected: [{ error: "underload", sign: "-" }],
  },
  { name: "motion", bytes: "\x02?A\r", expected: [{ error: "motion" }] },
  { name: "overload", bytes: "\x02?B\r", expected: [{ error: "overload" }] },
  { name: "overload in motion", bytes: "\x02?C\r", expected: [{ error: "overload" }] },
  { name: "underload", bytes: "\x02?D\r", expected: [{ error: "underload" }] },
  {
    name: "zero out of reach",
    bytes: "\x02?H\r",
    expected: [{ error: "device_error", code: "outside zero capture" }],
  },
  { name: "a load that is being put on", bytes: "\x02?I\r", expected: [{ error: "motion" }] },
  { name: "centre of zero", bytes: "\x02?P\r", expected: [{ status: "center_of_zero", stable: true }] },
  {
    name: "centre of zero of a Rice Lake, whose bit 5 is 1",
    bytes: "\x02?p\r",
    expected: [{ status: "center_of_zero", stable: true }],
  },
  { name: "a status with nothing to tell", bytes: "\x02?@\r", expected: [{ status: "ready", stable: true }] },
  {
    name: "status bytes without their bit 6, as look-alikes send them",
    bytes: "\x02?\x01\r\x02?\x04\r\x02?#\r\x02?$\r",
    expected: [{ error: "motion" }, { error: "underload" }, { error: "overload" }, { error: "underload" }],
  },
  {
    name: "a status byte that looks like STX",
    bytes: ["\x02?\x02", "\r\x0201.250\r"],
    expected: [{ error: "overload" }, gross(1250)],
  },
  {
    name: "a status that lost its byte, then a weight",
    bytes: "\x02?\x0201.250\r",
    expected: [{ ...partial, discarded: 2 }, gross(1250)],
  },
  { name: "a status without its byte", bytes: "\x02?\r", expected: [unparseable] },
  { name: "a status byte above 7Fh", bytes: "\x02?\xc1\r", expected: [unparseable] },
  { name: "the answer to the probe", bytes: "\x02E\rhello", expected: [{ echo: "hello" }] },
  {
    name: "the answer to the probe in pieces",
    bytes: ["\x02E", "\rhe", "llo"],
    expected: [{ echo: "hello" }],
  },
  {
    name: "the probe's answer, then a weight",
    bytes: "\x02E\rhello\x0201.250\r",
    expected: [{ echo: "hello" }, gross(1250)],
  },
  {
    name: "echo on, then a weight",
    bytes: "\x02E\r\x0201.250\r",
    expected: [{ command: "E", status: "done" }, gross(1250)],
  },
  { name: "echo on at the end", bytes: "\x02E\r", expected: [{ command: "E", status: "done" }] },
  { name: "echo off", bytes: "\x02F\r", expected: [{ command: "F", status: "done" }] },
  { name: "a test that begins", bytes: "\x02\r", expected: [{ command: "A", status: "started" }] },
  { name: "letters for digits", bytes: "\x0201.2x0\r", expected: [unparseable] },
  { name: "a cut head", bytes: "1.250\r", expected: [{ ...partial, discarded: 5 }] },
  {
    name: "a frame that lost its CR, and the next",
    bytes: "\x0201.2\x0201.250\r",
    expected: [{ ...partial, discarded: 5 }, gross(1250)],
  },
  {
    name: "garbage, then a frame",
    bytes: `${"?".repeat(12)}\x0201.250\r`,
    expected: [{ ...unparseable, discarded: 12 }, gross(1250)],
  },
  {
    name: "an over-long frame, then a frame",
    bytes: `\x02${"7".repeat(40)}\r\x0201.250\r`,
    expected: [{ error: "frame_too_long", discarded: 41 }, gross(1250)],
  },
]);

it("takes the configured unit when the frame names none", () => {
  const frame = Buffer.from("\x02012.50\r");
  expect(toledo8217.parse(frame, { unit: "kg" })).toMatchObject({ reading: { weight_g: 12_500 } });
  expect(toledo8217.parse(Buffer.from("\x02000250\r"), { unit: "g" })).toMatchObject({
    reading: { weight_g: 250 },
  });
});
