import { Random } from "@jumpa-madu/contracts/random";
import { expect, test } from "vitest";
import { latin1 } from "./device-model.ts";
import { encodeStGs } from "./st-gs-scale.ts";
import { hear, hearInverted, type LineFormat } from "./uart.ts";
import { encodeDistance } from "./ultrasonic-sensor.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const at = (baud: number): LineFormat => ({ baud, dataBits: 8, parity: "none" });
const evenSeven: LineFormat = { baud: 9600, dataBits: 7, parity: "even" };
const heardBy = (to: LineFormat, text: Uint8Array, from = at(9600), seed = 1) =>
  hear(text, { from, to, random: new Random(seed) });

const BAUDS = [300, 600, 1200, 2400, 4800, 9600, 14_400, 19_200, 38_400, 57_600, 115_200, 230_400];

const frames = [
  encodeDistance(1953),
  encodeDistance(65_535),
  encodeStGs({ header1: "ST", header2: "GS", weightG: 1234 }, { unit: "kg", decimals: 3, overload: "nines" }),
];

test.for([
  // A start bit lasts two bits of the receiver: it and the lowest data bit are 0, the rest is at rest.
  { name: "FF at half the baud of its reader", byte: 0xff, from: 9600, to: 19_200, expected: "fe" },
  // The start bit is over before the middle of the receiver's start bit.
  { name: "FF at twice the baud of its reader", byte: 0xff, from: 19_200, to: 9600, expected: "" },
  // Start and seven bits of 0 last 16 bits, which is a break; bit 7 is rest.
  { name: "80 at half the baud of its reader", byte: 0x80, from: 9600, to: 19_200, expected: "00" },
  // Bits in pairs: 00 11 00 11 00 11 00 11 00 11. The first character has no stop bit; the second starts at the seventh pair.
  { name: "55 at half the baud of its reader", byte: 0x55, from: 9600, to: 19_200, expected: "e6" },
])("$name is heard as the levels say", ({ byte, from, to, expected }) => {
  expect(hex(heardBy(at(to), Uint8Array.of(byte), at(from)))).toBe(expected);
});

test("frames that follow each other never come through at another baud, whatever the phase", () => {
  for (const frame of frames) {
    const stream = Uint8Array.from([...frame, ...frame, ...frame]);
    for (const from of BAUDS) {
      for (const to of BAUDS) {
        for (let seed = 0; seed < 4; seed += 1) {
          const heard = hex(heardBy(at(to), stream, at(from), seed));
          if (from === to) expect(heard).toBe(hex(stream));
          else expect(heard).not.toContain(hex(frame));
        }
      }
    }
  }
});

test("a byte that would be heard right by luck is not heard", () => {
  // The only edge of FF is that of its start bit, whose middle three quarters of a bit reach; 00 is a break to any reader.
  expect(hex(heardBy(at(12_800), Uint8Array.of(0xff, 0xff)))).toBe("");
  expect(hex(heardBy(at(19_200), Uint8Array.of(0x00)))).toBe("");
});

test("the same seed gives the same bytes, and clocks within three in a hundred agree", () => {
  const text = latin1("ST,GS,+  1.234kg\r\n");
  expect(heardBy(at(4800), text, at(9600), 7)).toEqual(heardBy(at(4800), text, at(9600), 7));
  expect(heardBy(at(9800), text)).toEqual(text);
  expect(heardBy(at(10_600), text)).not.toEqual(text);
});

test.for([0, 50, 12_345, 4_000_000_000])("a baud of %i does no harm", (baud) => {
  const text = latin1("ST,GS,+  1.234kg\r\n");
  expect(heardBy(at(baud), text)).not.toEqual(text);
  expect(hear(text, { from: at(baud), to: at(9600), random: new Random(1) })).not.toEqual(text);
});

test("the parity bit of seven bits shows as bit 7 to a reader of eight", () => {
  expect(hex(heardBy(at(9600), latin1("W1.\r"), evenSeven))).toBe("d7b12e8d");
  expect(hex(heardBy(at(9600), latin1("W1.\r"), { ...evenSeven, parity: "odd" }))).toBe("5731ae0d");
});

test("a reader of 7E1 drops the characters whose bit 7 is not their parity", () => {
  expect(hex(heardBy(evenSeven, Uint8Array.of(0x57, 0xd7, 0x53, 0x2e)))).toBe("57532e");
});

test("a parity bit after eight bits takes the place of the stop bit to a reader that knows of none", () => {
  // The parity of `S` and `.` is 0, of `W` 1.
  const evenEight: LineFormat = { baud: 9600, dataBits: 8, parity: "even" };
  expect(hex(heardBy(at(9600), latin1("SW."), evenEight))).toBe("57");
});

test("settings that agree pass all bits, of seven data bits those seven", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  expect(heardBy(at(9600), bytes)).toEqual(bytes);
  expect(heardBy(evenSeven, bytes, evenSeven)).toEqual(bytes.map((byte) => byte & 0x7f));
});

test("an inverted line gives the bytes that were seen in the field", () => {
  expect(hex(hearInverted(latin1("R999")))).toBe("2b636363");
});
