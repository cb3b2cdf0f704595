import { expect, test } from "vitest";
import { encodeDefender, encodeScout, OhausScale, type OhausScaleOptions } from "./ohaus-scale.ts";
import { Talk, textOf } from "./talk-fixture.ts";

const grams = { unit: "g", decimals: 2, width: 11 } as const;

test("encodes the manual's lines of a Scout", () => {
  expect(textOf(encodeScout(192.21, true, grams))).toBe("     192.21 g\r\n");
  expect(textOf(encodeScout(0.01, false, grams))).toBe("       0.01 g ?\r\n");
  expect(textOf(encodeScout(211, false, { unit: "kg", decimals: 3, width: 12 }))).toBe(
    "       0.211 kg ?\r\n",
  );
  expect(textOf(encodeScout(-192.21, true, grams))).toBe("    -192.21 g\r\n");
});

test("encodes the fields of a Defender in the manual's widths", () => {
  const kg = { unit: "kg", decimals: 3 } as const;
  const stable = encodeDefender({ weightG: 12_340, isStable: true, legend: "G" }, kg);
  expect(textOf(stable)).toBe("   12.340 kg    G  \r\n");
  const moving = encodeDefender({ weightG: -250, isStable: false, legend: "NET" }, kg);
  expect(textOf(moving)).toBe("-   0.250 kg   ?NET\r\n");
  expect([stable.length, moving.length]).toEqual([21, 21]);
});

const talkTo = (options: Partial<OhausScaleOptions> = {}) =>
  new Talk(new OhausScale({ seed: 2, ...options }));

test("P and IP tell the weight at once, SP at rest, and CP until 0P", () => {
  const talk = talkTo();
  expect(talk.load(1500)).toBeUndefined();
  expect(talk.ask("P\r\n")).toEqual(["    1500.00 g\r\n"]);
  talk.disturb(500);
  expect(talk.ask("IP\r\n")[0]).toMatch(/ g \?\r\n$/);
  expect(talk.ask("SP\r\n")).toEqual([]);
  expect(talk.wait(4000)).toEqual(["    2000.00 g\r\n"]);
  expect(talk.ask("CP\r\n")).toHaveLength(1);
  expect(talk.wait(1000)).toHaveLength(10);
  talk.ask("0P\r\n");
  expect(talk.wait(1000)).toEqual([]);
});

test("a command may end in CR alone, and LF after it is no second one", () => {
  const talk = talkTo();
  talk.load(0);
  expect(talk.ask("IP\r")).toHaveLength(1);
  expect(talk.ask("\nIP\r\nXX\r\n")).toHaveLength(1);
});

test("a Defender tells net from gross after its keys", () => {
  const talk = talkTo({ layout: "defender", isContinuous: true });
  expect(talk.load(800)).toBe("    0.800 kg    G  \r\n");
  talk.ask("T\r\n");
  expect(talk.load(0)).toBe("-   0.800 kg    NET\r\n");
  talk.ask("Z\r\n");
  expect(talk.load(0)).toBe("    0.000 kg    G  \r\n");
  talk.ask("1.5T\r\n");
  expect(talk.load(2500)).toBe("    1.000 kg    NET\r\n");
});

test("out of range the display is told", () => {
  const talk = talkTo();
  talk.load(31_000);
  expect(talk.ask("IP\r\n")).toEqual(["Err 8.3\r\n"]);
  talk.load(-1000);
  expect(talk.ask("IP\r\n")).toEqual(["Err 8.4\r\n"]);
});
