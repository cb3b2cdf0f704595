import { expect, test } from "vitest";
import { AdamScale, encodeAzExtra, encodeCpwAnswer, encodeCpwLine } from "./adam-scale.ts";
import { Talk, textOf } from "./talk-fixture.ts";

const FIVE_POUNDS_G = 2267.96185;
const pounds = { unit: "lb", decimals: 2 } as const;

test("encodes the lines that are known of a CPWplus", () => {
  expect(textOf(encodeCpwAnswer("G/W", FIVE_POUNDS_G, pounds))).toBe("G/W  + 5.00 lb\r\n");
  expect(textOf(encodeCpwLine(FIVE_POUNDS_G, pounds))).toBe("+  5.00  lb\r\n");
  expect(textOf(encodeCpwLine(-FIVE_POUNDS_G, pounds))).toBe("-  5.00  lb\r\n");
});

test("encodes the answers of an AZextra", () => {
  expect(textOf(encodeAzExtra(1234, { unit: "kg", decimals: 3 }))).toBe("1.234kg\r\n");
  expect(textOf(encodeAzExtra(-50, { unit: "kg", decimals: 3 }))).toBe("-0.050kg\r\n");
});

test("a CPWplus sends unasked, and not at all out of range", () => {
  const talk = new Talk(new AdamScale({ seed: 2 }));
  expect(talk.load(12_340)).toBe("+  12.340  kg\r\n");
  expect(talk.load(80_000)).toMatch(/^\+ {2}7\d\.\d{3} {2}kg\r\n$/);
  expect(talk.wait(2000)).toEqual([]);
  expect(talk.ask("G\r\nN\r\n")).toEqual([]);
});

test("a CPWplus that is asked tells gross, net and tare weight; the key Z tares", () => {
  const talk = new Talk(new AdamScale({ seed: 2, isContinuous: false }));
  expect(talk.load(1000)).toBeUndefined();
  expect(talk.ask("Z\r\n")).toEqual([]);
  talk.load(3500);
  expect(talk.ask("G\r\nN\r\nT\r\nP\r\n")).toEqual([
    "G/W  + 3.500 kg\r\n",
    "N/W  + 2.500 kg\r\n",
    "T/W  + 1.000 kg\r\n",
    "+  2.500  kg\r\n",
  ]);
  expect(talk.ask("g\r\n")).toEqual([]);
});

test("an AZextra keeps silent about zero and about what it has told", () => {
  const talk = new Talk(new AdamScale({ seed: 2, kind: "az-extra" }));
  expect(talk.scale.baud).toBe(4800);
  talk.load(0);
  expect(talk.ask("P\r\n")).toEqual([]);
  expect(talk.load(1235)).toBeUndefined();
  expect(talk.ask("P\r\n")).toEqual(["1.235kg\r\n"]);
  expect(talk.ask("P\r\n")).toEqual([]);
  talk.load(2500);
  expect(talk.ask("P\r\n")).toEqual(["2.500kg\r\n"]);
  talk.load(16_000);
  expect(talk.ask("P\r\n")).toEqual([]);
});

test("an AZextra tares and zeroes", () => {
  const talk = new Talk(new AdamScale({ seed: 2, kind: "az-extra" }));
  talk.load(1000);
  talk.ask("T\r\n");
  talk.load(0);
  expect(talk.ask("P\r\n")).toEqual(["-1.000kg\r\n"]);
  talk.ask("Z\r\n");
  expect(talk.ask("P\r\n")).toEqual([]);
});
