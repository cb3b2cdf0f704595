import { Random } from "@jumpa-madu/contracts/random";
import { expect, test } from "vitest";
import { latin1 } from "./device-model.ts";
import { encodeStGs, type StGsFrame, StGsScale, type StGsStyle } from "./st-gs-scale.ts";
import { COMMAND_BYTES_MAX } from "./text-scale.ts";

const kg: StGsStyle = { unit: "kg", decimals: 3, overload: "nines" };
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

const rows: { name: string; frame: StGsFrame; style: StGsStyle; expected: string }[] = [
  {
    name: "a stable gross weight",
    frame: { header1: "ST", header2: "GS", weightG: 1234 },
    style: kg,
    expected: "ST,GS,+  1.234kg\r\n",
  },
  {
    name: "zero, which has a plus",
    frame: { header1: "ST", header2: "GS", weightG: 0 },
    style: kg,
    expected: "ST,GS,+  0.000kg\r\n",
  },
  {
    name: "a moving negative net weight",
    frame: { header1: "US", header2: "NT", weightG: -500 },
    style: kg,
    expected: "US,NT,-  0.500kg\r\n",
  },
  {
    name: "a heavy load that fills the field",
    frame: { header1: "ST", header2: "GS", weightG: 253_405 },
    style: kg,
    expected: "ST,GS,+253.405kg\r\n",
  },
  {
    name: "whole grams",
    frame: { header1: "ST", header2: "GS", weightG: 1250 },
    style: { unit: "g", decimals: 0, overload: "nines" },
    expected: "ST,GS,+   1250 g\r\n",
  },
  {
    name: "an overload in nines",
    frame: { header1: "OL", header2: "GS", weightG: 1 },
    style: kg,
    expected: "OL,GS,+999.999kg\r\n",
  },
  {
    name: "an underload in blanks",
    frame: { header1: "OL", header2: "GS", weightG: -1 },
    style: { ...kg, overload: "blanks" },
    expected: "OL,GS,-   .   kg\r\n",
  },
];

test.for(rows)("encodes $name in 18 bytes", ({ frame, style, expected }) => {
  const bytes = encodeStGs(frame, style);
  expect(text(bytes)).toBe(expected);
  expect(bytes).toHaveLength(18);
});

test.for([
  { dress: "zeros", header1: "ST", weightG: 3_015_000, decimals: 1, expected: "ST,GS,+003015.0kg\r\n" },
  { dress: "zeros", header1: "US", weightG: 3_012_500, decimals: 1, expected: "US,GS,+003012.5kg\r\n" },
  { dress: "comma", header1: "ST", weightG: 245, decimals: 3, expected: "ST,GS,+0,245kg\r\n" },
  { dress: "spaced", header1: "ST", weightG: 2_380_000, decimals: 0, expected: "ST, GS, +   2380 kg\r\n" },
  { dress: "kern", header1: "ST", weightG: 12_345.6, decimals: 4, expected: "ST,GS,+012.3456  kg\r\n" },
  { dress: "kern", header1: "OL", weightG: -1, decimals: 4, expected: "OL,GS,-            \r\n" },
  { dress: "comma", header1: "OL", weightG: 1, decimals: 3, expected: "OL,GS,+999,999kg\r\n" },
] as const)("in the dress $dress encodes $expected", ({ dress, header1, weightG, decimals, expected }) => {
  const style = { unit: "kg", decimals, overload: "nines", dress } as const;
  expect(text(encodeStGs({ header1, header2: "GS", weightG }, style))).toBe(expected);
});

/** Frames that the scale sends from one time to another, in steps of the simulator. */
function listen(scale: StGsScale, fromMs: number, toMs: number): string[] {
  const frames: string[] = [];
  for (let ms = fromMs; ms < toMs; ms += 10) frames.push(...scale.tick(ms).map(text));
  return frames;
}

const newScale = () => new StGsScale({ seed: 2 });

test("about ten frames come each second", () => {
  expect(listen(newScale(), 0, 10_000).length).toBeCloseTo(100, -1);
});

test("a load shows as moving with an overshoot, and then as stable at its weight", () => {
  const scale = newScale();
  listen(scale, 0, 1000);
  scale.pan.place(12_340);
  const frames = listen(scale, 1000, 5000);
  expect(frames.slice(0, 8).every((frame) => frame.startsWith("US,GS,"))).toBe(true);
  expect(frames.some((frame) => Number(frame.slice(7, 14)) > 14)).toBe(true);
  expect(frames.at(-1)).toBe("ST,GS,+ 12.340kg\r\n");
});

test("a load above the maximum shows as an overload until it is taken off", () => {
  const scale = newScale();
  scale.pan.place(61_000);
  expect(listen(scale, 0, 5000).at(-1)).toBe("OL,GS,+999.999kg\r\n");
  scale.pan.remove();
  expect(listen(scale, 5000, 10_000).at(-1)).toBe("ST,GS,+  0.000kg\r\n");
});

test("up to nine divisions above the maximum are shown", () => {
  const scale = newScale();
  scale.pan.place(60_040);
  expect(listen(scale, 0, 5000).at(-1)).toBe("ST,GS,+ 60.040kg\r\n");
});

test("tare makes weights net and negative after unloading; clearing it makes them gross", () => {
  const scale = newScale();
  scale.pan.place(800);
  listen(scale, 0, 3000);
  scale.receive(latin1("T\r\n"));
  expect(listen(scale, 3000, 4000).at(-1)).toBe("ST,NT,+  0.000kg\r\n");
  scale.pan.place(1500);
  expect(listen(scale, 4000, 8000).at(-1)).toBe("ST,NT,+  1.500kg\r\n");
  scale.pan.remove();
  expect(listen(scale, 8000, 12_000).at(-1)).toBe("ST,NT,-  0.800kg\r\n");
  scale.receive(latin1("CT\r\n"));
  expect(listen(scale, 12_000, 13_000).at(-1)).toBe("ST,GS,+  0.000kg\r\n");
});

test("zero is refused far from the first zero and taken near it", () => {
  const scale = newScale();
  scale.pan.place(5000);
  listen(scale, 0, 4000);
  scale.receive(latin1("MZ\r\n"));
  expect(listen(scale, 4000, 5000).at(-1)).toBe("ST,GS,+  5.000kg\r\n");
  scale.pan.remove();
  scale.pan.place(200);
  listen(scale, 5000, 9000);
  scale.receive(latin1("MZ\r\n"));
  expect(listen(scale, 9000, 10_000).at(-1)).toBe("ST,GS,+  0.000kg\r\n");
});

test("in command mode a frame comes only when it is asked for", () => {
  const scale = new StGsScale({ seed: 2, isContinuous: false });
  expect(listen(scale, 0, 2000)).toEqual([]);
  expect(scale.receive(latin1("R\r")).map(text)).toEqual([]);
  expect(scale.receive(latin1("\n")).map(text)).toEqual(["ST,GS,+  0.000kg\r\n"]);
});

test("a command that is too long is thrown away, and the next one is obeyed", () => {
  const scale = newScale();
  listen(scale, 0, 2000);
  expect(scale.receive(latin1(`${"R".repeat(COMMAND_BYTES_MAX + 1)}\r\nR\r\n`))).toHaveLength(1);
});

test("a spoilt frame keeps its digits and loses one structural character", () => {
  const random = new Random(1);
  for (let turn = 0; turn < 100; turn += 1) {
    const spoilt = text(newScale().spoil(latin1("ST,GS,+  1.234kg\r\n"), random));
    expect(spoilt.slice(6)).toBe("+  1.234kg\r\n");
    expect(spoilt.slice(0, 6).replaceAll("#", "")).toHaveLength(5);
  }
});
