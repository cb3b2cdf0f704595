import { nci } from "./nci.ts";
import { describeProtocol } from "./protocol-suite.ts";

const answer = (field: string, status = "00") => `\n${field}\r\n${status}\r\x03`;
const status = (bytes: string) => `\n${bytes}\r\x03`;
const weight = (weight_g: number, stable = true) => ({ weight_g, stable });
const unparseable = { error: "unparseable" };
const partial = { error: "partial_frame" };

describeProtocol(
  nci,
  [
    { name: "one answer", bytes: answer("0001.25kg"), expected: [weight(1250)] },
    {
      name: "two answers in a chunk",
      bytes: answer("0001.25kg") + answer("0001.26kg"),
      expected: [weight(1250), weight(1260)],
    },
    { name: "one answer in two chunks", bytes: ["\n0001.2", "5kg\r\n00\r\x03"], expected: [weight(1250)] },
    { name: "a load in motion", bytes: answer("0001.25kg", "10"), expected: [weight(1250, false)] },
    { name: "a load at zero", bytes: answer("0000.00kg", "20"), expected: [weight(0)] },
    { name: "a minus", bytes: answer("-001.25kg"), expected: [weight(-1250)] },
    { name: "a minus apart from its digits", bytes: answer("-   1.25kg"), expected: [weight(-1250)] },
    { name: "a blank behind kilograms", bytes: answer(" 125kg "), expected: [unparseable] },
    {
      name: "grams apart from their digits, which were kilograms",
      bytes: answer("0001.25 g"),
      expected: [unparseable],
    },
    { name: "grams with a point, which were kilograms", bytes: answer("0001.255g"), expected: [unparseable] },
    { name: "too few characters for a display", bytes: answer("25kg"), expected: [unparseable] },
    { name: "blanks around grams", bytes: answer(" 1250g "), expected: [weight(1250)] },
    { name: "pounds", bytes: answer("   5.00lb"), expected: [{ ...weight(2267.9619), unit: "lb" }] },
    {
      name: "pounds and ounces",
      bytes: answer("5lb 12.5oz"),
      expected: [{ ...weight(2622.3309), unit: "oz" }],
    },
    {
      name: "a minus before pounds and ounces",
      bytes: answer("-0lb  8.0oz"),
      expected: [{ ...weight(-226.7962), unit: "oz" }],
    },
    { name: "sixteen ounces beside pounds", bytes: answer("5lb 16.0oz"), expected: [unparseable] },
    {
      name: "pieces, which are no weight",
      bytes: answer("  12pcs"),
      expected: [{ count: 12, stable: true }],
    },
    { name: "the ECR form", bytes: answer("01.250KG", "S00"), expected: [weight(1250)] },
    {
      name: "the ECR form of a DIVA, with four bytes",
      bytes: answer("01.250KG", "S0000"),
      expected: [{ ...weight(1250), mode: "gross" }],
    },
    {
      name: "the ECR form without a weight, in motion",
      bytes: status("S10"),
      expected: [{ error: "motion" }],
    },
    { name: "a decimal comma", bytes: answer("0001,25kg"), expected: [weight(1250)] },
    {
      name: "a net weight by its third byte (Adam MDW)",
      bytes: answer("0001.25kg", "0p4"),
      expected: [{ ...weight(1250), mode: "net" }],
    },
    {
      name: "a gross weight by its third of four bytes (CI-100A)",
      bytes: answer("0001.25kg", "0pp0"),
      expected: [{ ...weight(1250), mode: "gross" }],
    },
    { name: "an answer without its ETX", bytes: "\n0001.25kg\r\n00\r", expected: [weight(1250)] },
    { name: "an answer without its last two bytes", bytes: "\n0001.25kg\r\n00", expected: [weight(1250)] },
    {
      name: "an answer that announces a byte more",
      bytes: "\n0001.25kg\r\n0p",
      expected: [{ ...partial, discarded: 14 }],
    },
    { name: "a byte announced and not sent", bytes: answer("0001.25kg", "0p"), expected: [partial] },
    { name: "overload in carets", bytes: answer("^^^^^^lb", "02"), expected: [{ error: "overload" }] },
    { name: "carets whose status says nothing", bytes: answer("^^^^^^"), expected: [{ error: "overload" }] },
    { name: "underload in underscores", bytes: answer("______kg", "01"), expected: [{ error: "underload" }] },
    {
      name: "underscores whose status says nothing",
      bytes: answer("______"),
      expected: [{ error: "underload" }],
    },
    {
      name: "a zero error in dashes",
      bytes: answer("---------"),
      expected: [{ error: "device_error", code: "zero" }],
    },
    {
      name: "digits beyond the capacity as no weight",
      bytes: answer("0033.00kg", "02"),
      expected: [{ error: "overload" }],
    },
    {
      name: "digits below the capacity as no weight",
      bytes: answer("-003.00kg", "01"),
      expected: [{ error: "underload" }],
    },
    {
      name: "a faulty calibration",
      bytes: answer("0001.25kg", "08"),
      expected: [{ error: "device_error", code: "calibration" }],
    },
    { name: "a RAM error", bytes: status("40"), expected: [{ error: "device_error", code: "RAM" }] },
    { name: "an EEPROM error", bytes: status("80"), expected: [{ error: "device_error", code: "EEPROM" }] },
    { name: "a ROM error", bytes: status("04"), expected: [{ error: "device_error", code: "ROM" }] },
    {
      name: "an initial zero error",
      bytes: status("0p8"),
      expected: [{ error: "device_error", code: "zero" }],
    },
    { name: "a status at zero", bytes: status("20"), expected: [{ status: "center_of_zero", stable: true }] },
    {
      name: "a status with nothing to tell",
      bytes: status("00"),
      expected: [{ status: "ready", stable: true }],
    },
    { name: "an unknown command", bytes: status("?"), expected: [{ error: "device_error", code: "?" }] },
    { name: "an unknown unit", bytes: answer("0001.25st"), expected: [{ error: "unparseable", unit: "st" }] },
    { name: "text of the display", bytes: answer("CAL"), expected: [unparseable] },
    { name: "a status byte without its bits", bytes: answer("0001.25kg", "A0"), expected: [unparseable] },
    {
      name: "a first status byte that announces another",
      bytes: answer("0001.25kg", "p0"),
      expected: [unparseable],
    },
    {
      name: "a cut head, whose status is whole",
      bytes: "25kg\r\n00\r\x03",
      expected: [
        { ...unparseable, discarded: 5 },
        { status: "ready", stable: true },
      ],
    },
    { name: "a cut tail", bytes: "\n0001.25k", expected: [{ ...partial, discarded: 9 }] },
    { name: "a weight without a status", bytes: "\n0001.25kg\r", expected: [{ ...partial, discarded: 11 }] },
    {
      name: "an answer that lost its ETX, and the next",
      bytes: `\n0001.25kg\r\n00\r${answer("0001.25kg")}`,
      expected: [{ ...unparseable, discarded: 15 }, weight(1250)],
    },
    {
      name: "garbage, then an answer",
      bytes: `??????${answer("0001.25kg")}`,
      expected: [{ ...unparseable, discarded: 6 }, weight(1250)],
    },
    {
      name: "an over-long field, then an answer",
      bytes: `\n${"7".repeat(60)}${answer("0001.25kg")}`,
      expected: [{ ...unparseable, discarded: 61 }, weight(1250)],
    },
  ],
  { isRecorded: false },
);
