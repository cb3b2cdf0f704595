import { Random } from "@jumpa-madu/contracts/random";
import { expect, test } from "vitest";
import { Talk, textOf } from "./talk-fixture.ts";
import { encodeXk3190A12W, Xk3190A12WScale, type Xk3190A12WScaleOptions } from "./xk3190-a12-w-scale.ts";

const kg = (decimals: number) => ({ unit: "kg", decimals }) as const;

test.for([
  { head: "wn", weightG: 1171, style: kg(3), expected: "wn001.171kg\r\n" },
  { head: "wn", weightG: -3170, style: kg(2), expected: "wn-003.17kg\r\n" },
  { head: "ww", weightG: 0, style: { unit: "lb", decimals: 3 }, expected: "ww000.000lb\r\n" },
  { head: "wn", weightG: -100, style: kg(1), expected: "wn-0000.1kg\r\n" },
  { head: "wt", weightG: 250, style: kg(3), expected: "wt000.250kg\r\n" },
] as const)("encodes $expected", ({ head, weightG, style, expected }) => {
  expect(textOf(encodeXk3190A12W(head, weightG, style))).toBe(expected);
});

const talkTo = (options: Partial<Xk3190A12WScaleOptions> = {}) =>
  new Talk(new Xk3190A12WScale({ seed: 2, ...options }));

test("gross becomes net with a tare, and out of range nothing is sent", () => {
  const talk = talkTo();
  expect(talk.load(500)).toBe("ww000.500kg\r\n");
  talk.scale.cell.tare();
  expect(talk.load(1500)).toBe("wn001.000kg\r\n");
  expect(talk.load(200)).toBe("wn-00.300kg\r\n");
  talk.load(61_000);
  expect(talk.wait(1000)).toEqual([]);
});

test("lines with the tare are among the others when it is set so", () => {
  const talk = talkTo({ tellsTare: true });
  talk.load(500);
  expect(new Set(talk.wait(1000))).toEqual(new Set(["ww000.500kg\r\n"]));
  talk.scale.cell.tare();
  talk.load(1500);
  const lines = talk.wait(1000);
  expect(new Set(lines)).toEqual(new Set(["wt000.500kg\r\n", "wn001.000kg\r\n"]));
  expect(lines.filter((line) => line.startsWith("wt"))).toHaveLength(2);
});

test("a line at 1200 baud waits for the one before", () => {
  expect(talkTo({ baud: 1200 }).wait(10_000).length).toBeLessThanOrEqual((10 * 1200) / 130);
});

test("a spoilt line has a character in the place of a digit", () => {
  const spoilt = new Xk3190A12WScale({ seed: 1 }).spoil(encodeXk3190A12W("wn", 1171, kg(3)), new Random(1));
  expect(textOf(spoilt).slice(2, 9)).toContain("#");
});
