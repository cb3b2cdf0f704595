import { expect, test } from "vitest";
import { ESCAPE_COMMAND_BYTES_MAX } from "./escape-commands.ts";
import {
  encodeSbi,
  encodeSbiError,
  encodeSbiRange,
  SartoriusScale,
  type SartoriusScaleOptions,
} from "./sartorius-scale.ts";
import { Talk, textOf } from "./talk-fixture.ts";

const short = { unit: "g", decimals: 1, hasHeader: false } as const;
const long = { ...short, hasHeader: true };

test.for([
  { name: "a weight", bytes: encodeSbi(1255.7, true, short), expected: "+   1255.7 g  \r\n" },
  { name: "a moving weight", bytes: encodeSbi(1255.7, false, short), expected: "+   1255.7    \r\n" },
  { name: "a weight below zero", bytes: encodeSbi(-0.5, true, short), expected: "-      0.5 g  \r\n" },
  { name: "an error", bytes: encodeSbiError(54, short), expected: "   Err  54    \r\n" },
  { name: "an overload", bytes: encodeSbiRange("over", short), expected: "      H       \r\n" },
  { name: "an underload", bytes: encodeSbiRange("under", short), expected: "      L       \r\n" },
  {
    name: "a weight with its header",
    bytes: encodeSbi(1255.7, true, long),
    expected: "N     +   1255.7 g  \r\n",
  },
  { name: "an error with its header", bytes: encodeSbiError(54, long), expected: "Stat     Err  54    \r\n" },
  {
    name: "an overload with its header",
    bytes: encodeSbiRange("over", long),
    expected: "Stat        H       \r\n",
  },
])("encodes $name in 16 or 22 characters", ({ bytes, expected }) => {
  expect(textOf(bytes)).toBe(expected);
  expect([16, 22]).toContain(bytes.length);
});

const talkTo = (options: Partial<SartoriusScaleOptions> = {}) =>
  new Talk(new SartoriusScale({ seed: 2, divisionG: 1, ...options }));

test.for(["\u001bP", "\u001bP\r\n"])(
  "%j asks for the weight, whose unit is blank while it moves",
  (print) => {
    const talk = talkTo();
    expect(talk.load(1500)).toBeUndefined();
    expect(talk.ask(print)).toEqual(["+   1500.0 g  \r\n"]);
    talk.disturb(500);
    expect(talk.ask(print)[0]).toMatch(/^\+ {3}\d{4}\.\d {4}\r\n$/);
    talk.load(40_000);
    expect(talk.ask(print)).toEqual(["      H       \r\n"]);
    talk.load(-1000);
    expect(talk.ask(print)).toEqual(["      L       \r\n"]);
  },
);

test("ESC U tares, ESC V zeroes a small load, and ESC T does what fits", () => {
  const talk = talkTo();
  const weigh = () => talk.ask("\u001bP")[0]?.slice(0, 10);
  talk.load(1500);
  talk.ask("\u001bU");
  expect(weigh()).toBe("+      0.0");
  talk.load(300);
  expect(weigh()).toBe("-   1200.0");
  talk.ask("\u001bV");
  expect(weigh()).toBe("+      0.0");
  talk.load(2000);
  expect(weigh()).toBe("+   1700.0");
  talk.ask("\u001bT");
  expect(weigh()).toBe("+      0.0");
});

test("ESC x1_ names the model, in pieces or not, and noise before it does no harm", () => {
  const talk = talkTo();
  expect(talk.ask("\u001bx1")).toEqual([]);
  expect(talk.ask("_\r\n")).toEqual(["JM-SIM 31     \r\n"]);
  expect(talk.ask("P\r\n\u001bx\u001bx1_")).toEqual(["JM-SIM 31     \r\n"]);
  expect(talk.ask(`\u001b${"x".repeat(ESCAPE_COMMAND_BYTES_MAX)}_`)).toEqual([]);
  expect(talk.ask("\u001bx1_")).toHaveLength(1);
});

test("a balance that sends unasked does so with its header, or tells its error and nothing else", () => {
  expect(talkTo({ isContinuous: true, hasHeader: true }).load(1500)).toBe("N     +   1500.0 g  \r\n");
  expect(talkTo({ isContinuous: true, errorCode: 54 }).load(1500)).toBe("   Err  54    \r\n");
});
