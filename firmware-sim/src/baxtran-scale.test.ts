import { expect, test } from "vitest";
import { BaxtranUfScale, BaxtranXtaScale, encodeUf, encodeUfOverload, encodeXta } from "./baxtran-scale.ts";
import { Talk, textOf } from "./talk-fixture.ts";

const xta = { unit: "kg", decimals: 4 } as const;
const uf = { unit: "kg", decimals: 3 } as const;

test("encodes the lines that are known of an XTA", () => {
  const encode = (header1: "ST" | "US", header2: "GS" | "NT", weightG: number) =>
    textOf(encodeXta({ header1, header2, weightG }, xta));
  expect(encode("ST", "GS", 1234.5)).toBe("ST,GS:  +1.2345kg\r\n");
  expect(encode("US", "GS", 1234.5)).toBe("US,GS:  +1.2345kg\r\n");
  expect(encode("ST", "NT", -250)).toBe("ST,NT:  -0.2500kg\r\n");
});

test("encodes the lines that are known of a UF", () => {
  expect(textOf(encodeUf("S", 1234, uf))).toBe("S  +001.234 kg\r\n");
  expect(textOf(encodeUf("U", -1234, uf))).toBe("U  -001.234 kg\r\n");
  expect(textOf(encodeUfOverload(uf))).toBe("OL    kg\r\n");
});

test("an XTA tells how a load swings, comes to rest, is tared and is too heavy", () => {
  const talk = new Talk(new BaxtranXtaScale({ seed: 2, divisionG: 5 }));
  talk.wait(1000);
  talk.disturb(1250);
  expect(talk.wait(200).every((line) => line.startsWith("US,GS:  +"))).toBe(true);
  expect(talk.load(1250)).toBe("ST,GS:  +1.2500kg\r\n");
  talk.ask("T\r\n");
  expect(talk.load(0)).toBe("ST,NT:  -1.2500kg\r\n");
  expect(talk.load(16_000)).toMatch(/^OL,NT: {2}\+-+kg\r\n$/);
});

test("a UF tells how a load swings, comes to rest and is too heavy", () => {
  const talk = new Talk(new BaxtranUfScale({ seed: 2 }));
  talk.wait(1000);
  talk.disturb(1250);
  expect(talk.wait(200).every((line) => line.startsWith("U  +"))).toBe(true);
  expect(talk.load(1250)).toBe("S  +001.250 kg\r\n");
  expect(talk.load(61_000)).toBe("OL    kg\r\n");
});

test("in command mode a line comes only when it is asked for", () => {
  for (const scale of [
    new BaxtranXtaScale({ seed: 2, isContinuous: false }),
    new BaxtranUfScale({ seed: 2, isContinuous: false }),
  ]) {
    const talk = new Talk(scale);
    expect(talk.load(1250)).toBeUndefined();
    expect(talk.ask("R\r\n")).toEqual([expect.stringMatching(/1\.2/)]);
  }
});
