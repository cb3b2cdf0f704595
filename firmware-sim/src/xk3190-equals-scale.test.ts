import { Random } from "@jumpa-madu/contracts/random";
import { expect, test } from "vitest";
import { Talk, textOf } from "./talk-fixture.ts";
import { encodeXk3190Equals, Xk3190EqualsScale } from "./xk3190-equals-scale.ts";

const kg = (decimals: number) => ({ unit: "kg", decimals }) as const;

test("encodes the manual's examples of both directions", () => {
  expect(textOf(encodeXk3190Equals(3000, kg(3), "backwards"))).toBe("=000.3000");
  expect(textOf(encodeXk3190Equals(-1000, kg(2), "backwards"))).toBe("=00.1000-");
  expect(textOf(encodeXk3190Equals(3000, kg(3), "forwards"))).toBe("=0003.000");
  expect(textOf(encodeXk3190Equals(-1000, kg(2), "forwards"))).toBe("=-0001.00");
});

test("it sends without end, and out of range nothing", () => {
  const talk = new Talk(new Xk3190EqualsScale({ seed: 2 }, "backwards"));
  expect(talk.load(12_340)).toBe("=043.2100");
  expect(talk.load(-500)).toBe("=005.000-");
  talk.load(61_000);
  expect(talk.wait(1000)).toEqual([]);
});

test("the commands zero, tare and read", () => {
  const talk = new Talk(new Xk3190EqualsScale({ seed: 2, isContinuous: false }, "forwards"));
  talk.load(200);
  talk.ask("\x02A071\x03");
  expect(talk.ask("\x02AR13\x03")).toEqual(["=0000.000"]);
  talk.load(700);
  talk.ask("\x02AT15\x03");
  talk.load(1000);
  expect(talk.ask("\x02AR13\x03")).toEqual(["=0000.300"]);
});

test("a spoilt frame has a character in the place of a digit", () => {
  const scale = new Xk3190EqualsScale({ seed: 1 }, "forwards");
  expect(textOf(scale.spoil(encodeXk3190Equals(3000, kg(3), "forwards"), new Random(1)))).toMatch(/^=.*#/);
});
