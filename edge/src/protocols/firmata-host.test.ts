import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeFirmataHost, HOST_MESSAGES_MAX } from "./firmata-host.ts";

const decode = (hex: string) => decodeFirmataHost(Uint8Array.fromHex(hex));

test.for([
  // Captured from johnny-five 2.1 on firmata-io 2.3.
  { hex: "f9", expected: { firmata: "report_version_request" } },
  { hex: "f079f7", expected: { firmata: "firmware_query" } },
  { hex: "f06bf7", expected: { firmata: "capability_query" } },
  { hex: "f069f7", expected: { firmata: "analog_mapping_query" } },
  { hex: "c001", expected: { firmata: "report_analog", channel: 0, on: true } },
  { hex: "f40200", expected: { firmata: "pin_mode", pin: 2, mode: 0 } },
  { hex: "d001", expected: { firmata: "report_digital", port: 0, on: true } },
  { hex: "f07a6400f7", expected: { firmata: "sampling_interval", ms: 100 } },
  {
    hex: "f0750701000000000000050000000f0042004000f7",
    expected: { firmata: "ping_read", pin: 7, value: 1, pulse_out_us: 5, timeout_us: 1_000_000 },
  },
  // From the protocol's document.
  { hex: "ff", expected: { firmata: "system_reset" } },
  { hex: "c500", expected: { firmata: "report_analog", channel: 5, on: false } },
  { hex: "910001", expected: { firmata: "digital_write_port", port: 1, value: 128 } },
  { hex: "e97f01", expected: { firmata: "analog_write", pin: 9, value: 255 } },
  { hex: "f50d01", expected: { firmata: "digital_write_pin", pin: 13, value: 1 } },
  { hex: "f06d0df7", expected: { firmata: "pin_state_query", pin: 13 } },
  { hex: "f06f1e000001f7", expected: { firmata: "extended_analog_write", pin: 30, value: 16_384 } },
  {
    hex: "f0700920046012f7",
    expected: { firmata: "servo_config", pin: 9, min_pulse_us: 544, max_pulse_us: 2_400 },
  },
  { hex: "f0714800690000f7", expected: null },
  { hex: "f07148006900f7", expected: { firmata: "string", text: "Hi" } },
  { hex: "f07a7f7ff7", expected: { firmata: "sampling_interval", ms: 16_383 } },
  { hex: "f0010203f7", expected: { firmata: "sysex", feature: 1, data: [2, 3] } },
])("decodes $hex", ({ hex, expected }) => {
  expect(decode(hex)).toEqual(
    expected === null
      ? { readings: [], faults: [{ error: "unparseable" }] }
      : { readings: [expected], faults: [] },
  );
});

test.for([
  { name: "a sysex that does not end", hex: "f06b", error: "partial_frame" },
  { name: "a sysex that another command breaks off", hex: "f06bf9", error: "partial_frame" },
  { name: "a command without its data", hex: "c0", error: "partial_frame" },
  { name: "a command with half of its data", hex: "f402", error: "partial_frame" },
  { name: "data without a command", hex: "010203", error: "unparseable" },
  { name: "a command that no host sends", hex: "a0", error: "unparseable" },
  { name: "the end of no sysex", hex: "f7", error: "unparseable" },
  { name: "a sysex without a feature", hex: "f0f7", error: "unparseable" },
  { name: "a query with data", hex: "f06b01f7", error: "unparseable" },
  { name: "a ping that is too short", hex: "f0750701000000000000050000000f00420040f7", error: "unparseable" },
  {
    name: "a ping whose byte is none",
    hex: "f0750701000200000000050000000f0042004000f7",
    error: "unparseable",
  },
])("says that $name is no message", ({ hex, error }) => {
  expect(decode(hex).faults).toEqual([{ error }]);
});

test("decodes messages one after another, and goes on after a broken one", () => {
  expect(decode("f9f079f7f06bc001")).toEqual({
    readings: [
      { firmata: "report_version_request" },
      { firmata: "firmware_query" },
      { firmata: "report_analog", channel: 0, on: true },
    ],
    faults: [{ error: "partial_frame" }],
  });
});

test("stops after so many messages", () => {
  const { readings, faults } = decodeFirmataHost(new Uint8Array(HOST_MESSAGES_MAX + 1).fill(0xf9));
  expect(readings).toHaveLength(HOST_MESSAGES_MAX);
  expect(faults).toEqual([{ error: "flood" }]);
});

test("decodes half a megabyte of text, and no value of so many bytes", () => {
  const sysexOf = (feature: number) => {
    const bytes = new Uint8Array(262_147).fill(1);
    bytes.set([0xf0, feature]);
    bytes[bytes.length - 1] = 0xf7;
    return bytes;
  };
  expect(decodeFirmataHost(sysexOf(0x71)).readings[0]?.text).toHaveLength(131_072);
  expect(decodeFirmataHost(sysexOf(0x6f)).faults).toEqual([{ error: "unparseable" }]);
});

test("never throws, and says something about any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
      const { readings, faults } = decodeFirmataHost(bytes);
      expect(readings.length + faults.length).toBeGreaterThan(0);
      expect(readings.length + faults.length).toBeLessThanOrEqual(bytes.length);
    }),
  );
});

test("whole messages are decoded whatever garbage of data bytes came before", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40, max: 0x7f }), (garbage) => {
      const { readings } = decodeFirmataHost(Uint8Array.of(...garbage, 0xf0, 0x6b, 0xf7));
      expect(readings).toEqual([{ firmata: "capability_query" }]);
    }),
  );
});
