import { expect, test } from "vitest";
import { Talk, textOf } from "./talk-fixture.ts";
import { encodeTi400, encodeTi400State, Ti400Scale } from "./ti400-scale.ts";

test("encodes the lines that are known, and a weight below zero", () => {
  const style = { unit: "kg", decimals: 3 } as const;
  expect(textOf(encodeTi400(9076, style))).toBe("S  09.076 kg\r\n");
  expect(textOf(encodeTi400(-9076, style))).toBe("S -09.076 kg\r\n");
  expect(textOf(encodeTi400State("moving"))).toBe("S I\r\n");
  expect(textOf(encodeTi400State("over"))).toBe("S I +\r\n");
  expect(textOf(encodeTi400State("under"))).toBe("S I -\r\n");
});

test("a moving load has no weight, one at rest has, one out of range has a sign", () => {
  const talk = new Talk(new Ti400Scale({ seed: 2 }));
  talk.wait(1000);
  talk.disturb(1250);
  expect(new Set(talk.wait(200))).toEqual(new Set(["S I\r\n"]));
  expect(talk.load(1250)).toBe("S  01.250 kg\r\n");
  expect(talk.load(61_000)).toBe("S I +\r\n");
  expect(talk.load(-2000)).toBe("S I -\r\n");
});

test("on demand it answers requests and obeys its keys", () => {
  const talk = new Talk(new Ti400Scale({ seed: 2, isContinuous: false }));
  expect(talk.load(1250)).toBeUndefined();
  expect(["P\r\n", "S\r\n", "SI\r\n"].flatMap((command) => talk.ask(command))).toEqual(
    Array(3).fill("S  01.250 kg\r\n"),
  );
  talk.ask("T\r\n");
  expect(talk.ask("P\r\n")).toEqual(["S  00.000 kg\r\n"]);
  talk.ask("TAC\r\n");
  expect(talk.ask("P\r\n")).toEqual(["S  01.250 kg\r\n"]);
});
