import { Random } from "@jumpa-madu/contracts/random";
import { expect, test } from "vitest";
import { DibalScale, encodeDibalAnswer, encodeDibalRequest } from "./dibal-scale.ts";
import { Talk, textOf } from "./talk-fixture.ts";

test("encodes the maker's two examples", () => {
  expect(textOf(encodeDibalRequest(0))).toBe("98000001\r\n");
  expect(textOf(encodeDibalAnswer(316, 0))).toBe("9900031600000004\r\n");
});

test("the amount is the price of so many kilograms", () => {
  expect(textOf(encodeDibalAnswer(1500, 2500)).slice(9, 15)).toBe("003750");
});

const newTalk = () => new Talk(new DibalScale({ seed: 2 }));

test("a request is answered with weight and amount, one with a wrong check is not", () => {
  const talk = newTalk();
  expect(talk.load(1235)).toBeUndefined();
  expect(talk.ask("98000001\r\n")).toEqual([textOf(encodeDibalAnswer(1235, 0))]);
  expect(talk.ask(textOf(encodeDibalRequest(2000)))).toEqual([textOf(encodeDibalAnswer(1235, 2000))]);
  expect(talk.ask("98000002\r\n97000001\r\n980000x1\r\n")).toEqual([]);
});

test("the answer waits for rest", () => {
  const talk = newTalk();
  talk.load(0);
  talk.disturb(1235);
  expect(talk.ask("98000001\r\n")).toEqual([]);
  expect(talk.wait(4000)).toEqual([textOf(encodeDibalAnswer(1235, 0))]);
});

test("a weight that does not come to rest in 7 seconds is blank", () => {
  const talk = new Talk(new DibalScale({ seed: 2, noiseG: 100 }));
  talk.wait(1000);
  expect(talk.ask("98000001\r\n")).toEqual([]);
  expect(talk.wait(6900)).toEqual([]);
  expect(talk.wait(200)).toEqual([textOf(encodeDibalAnswer(null, 0))]);
  expect(textOf(encodeDibalAnswer(null, 0))).toMatch(/^990 {5}0000000/);
});

test("an overload and a negative load are answered as zero", () => {
  const talk = newTalk();
  for (const loadG of [16_000, -100, -1000]) {
    talk.load(loadG);
    expect(talk.ask("98000001\r\n")).toEqual([textOf(encodeDibalAnswer(0, 0))]);
  }
});

test("a spoilt answer fails its check", () => {
  const random = new Random(1);
  for (let turn = 0; turn < 100; turn += 1) {
    const { scale } = newTalk();
    const spoilt = scale.spoil(encodeDibalAnswer(316, 0), random);
    expect(spoilt.slice(0, 15).reduce((xor, byte) => xor ^ byte, 0)).not.toBe(spoilt[15]);
  }
});
